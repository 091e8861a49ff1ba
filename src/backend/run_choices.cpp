#include "backend/run_choices.hpp"

#include <mutex>

namespace impasto {
namespace {

struct Store {
  std::mutex mutex;
  RunChoices noted;
  RunChoices preferred;
};

Store& store() {
  static Store instance;
  return instance;
}

}  // namespace

void note_choice(const std::string& key, const std::string& choice) {
  const std::scoped_lock lock(store().mutex);
  store().noted.insert_or_assign(key, choice);
}

RunChoices noted_choices() {
  const std::scoped_lock lock(store().mutex);
  return store().noted;
}

void prefer_choices(const RunChoices& choices) {
  const std::scoped_lock lock(store().mutex);
  store().preferred = choices;
}

std::optional<std::string> preferred_choice(const std::string& key) {
  const std::scoped_lock lock(store().mutex);
  const auto found = store().preferred.find(key);
  return found == store().preferred.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace impasto
