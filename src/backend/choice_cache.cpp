#include "backend/choice_cache.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <utility>

#include "core/file_lock.hpp"
#include "core/files.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

/// A cache of more bytes than this is none of ours.
constexpr std::size_t kMostBytes = std::size_t{16} << 20U;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

ChoiceCache::ChoiceCache(std::string path) : path_(std::move(path)) {
  try {
    read();
  } catch (const Error&) {
    choices_.clear();  // choices are timed instead
  }
}

void ChoiceCache::read() {
  if (path_.empty()) {
    return;
  }
  std::string text;
  try {
    text = read_file(path_, kMostBytes);
  } catch (const InputError&) {
    return;  // none yet, or nothing that choices could be read from
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    // The end mark tells a whole line from one that was cut off.
    if (tab != std::string::npos && tab > 0 && tab + 2 < line.size() && line.back() == ';') {
      choices_.insert_or_assign(line.substr(0, tab), line.substr(tab + 1, line.size() - tab - 2));
    }
  }
}

std::optional<std::string> ChoiceCache::find(const std::string& key) const {
  const auto found = choices_.find(key);
  if (found == choices_.end()) {
    return std::nullopt;
  }
  return found->second;
}

void ChoiceCache::write() const {
  std::string text;
  for (const auto& [known, value] : choices_) {
    text.append(known).append("\t").append(value).append(";\n");
  }
  write_file(path_, text);
}

std::string ChoiceCache::store(const std::string& key, const std::string& choice,
                               const IsBelieved& is_believed) {
  if (path_.empty()) {
    return choices_[key] = choice;
  }
  try {
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path());
    const FileLock lock(path_ + ".lock", patience_);
    read();
    const auto known = choices_.find(key);
    if (known != choices_.end() && is_believed(known->second)) {
      return known->second;
    }
    choices_.insert_or_assign(key, choice);
    if (lock.state() == FileLock::State::kBusy) {
      patience_ = std::chrono::milliseconds::zero();
    } else {
      write();
    }
  } catch (const Error&) {
    path_.clear();  // a cache that cannot be written costs the next process its timing, no more
  } catch (const std::filesystem::filesystem_error&) {
    path_.clear();
  }
  return choices_[key] = choice;
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
  // The XDG base directory specification says to ignore relative paths, and a relative HOME would
  // leave a folder wherever a run is started.
  if (cache.starts_with('/')) {
    return cache + "/impasto/" + name;
  }
  const std::string home = variable("HOME");
  return home.starts_with('/') ? home + "/.cache/impasto/" + name : "";
}

}  // namespace impasto
