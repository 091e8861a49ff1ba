#include "explain/explanation_json.hpp"
namespace impasto {
nlohmann::json explanation_json(const Explanation&) {
  return {};
}
}  // namespace impasto
