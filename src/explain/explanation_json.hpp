#pragma once
#include <nlohmann/json.hpp>
#include "explain/explanation.hpp"
namespace impasto {
nlohmann::json explanation_json(const Explanation& explanation);
}
