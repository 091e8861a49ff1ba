#include "backend/choice_cache.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "core/files.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

std::map<std::string, std::string> read_choices(const std::string& path) {
  std::map<std::string, std::string> choices;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos && tab > 0 && tab + 1 < line.size()) {
      choices[line.substr(0, tab)] = line.substr(tab + 1);
    }
  }
  return choices;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

ChoiceCache::ChoiceCache(std::string path)
    : path_(std::move(path)),
      choices_(path_.empty() ? decltype(choices_){} : read_choices(path_)) {}

std::optional<std::string> ChoiceCache::find(const std::string& key) const {
  const auto found = choices_.find(key);
  if (found == choices_.end()) {
    return std::nullopt;
  }
  return found->second;
}

void ChoiceCache::store(const std::string& key, const std::string& choice) {
  choices_[key] = choice;
  if (path_.empty()) {
    return;
  }
  // Another process may have learnt something in the meantime.
  std::map<std::string, std::string> all = read_choices(path_);
  all[key] = choice;
  std::string text;
  for (const auto& [known, value] : all) {
    text.append(known).append("\t").append(value).append("\n");
  }
  try {
    std::error_code ignored;  // write_file says what is wrong, and that is no reason to stop
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
    write_file(path_, text);
  } catch (const InputError&) {
    path_.clear();
  }
}

std::string cache_path(const std::string& name) {
  const std::string own = variable("IMPASTO_CACHE");
  if (own == "off") {
    return "";
  }
  if (!own.empty()) {
    return own + "/" + name;
  }
  const std::string cache = variable("XDG_CACHE_HOME");
  if (!cache.empty()) {
    return cache + "/impasto/" + name;
  }
  const std::string home = variable("HOME");
  return home.empty() ? "" : home + "/.cache/impasto/" + name;
}

}  // namespace impasto
