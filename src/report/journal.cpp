#include "report/journal.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/files.hpp"
#include "core/nesting.hpp"
#include "core/sha256.hpp"
#include "core/shortage.hpp"
#include "impasto/error.hpp"
#include "weights/input_file.hpp"

namespace impasto {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestJournal = std::size_t{1} << 26U;
/// Versions of one file that are remembered. A run that is killed between the note and the file
/// leaves the one before in place.
constexpr std::ptrdiff_t kMostVersions = 8;

/// A name without a folder: a journal from elsewhere must not lead outside its own.
bool is_plain_name(const std::string& file) {
  return !file.empty() && std::filesystem::path(file).filename() == file && file != "." &&
         file != "..";
}

JournalEntry entry_of(const Json& json) {
  const Json& last = json.at("last");
  return {json.at("file"),
          json.at("sha256"),
          {last.at("iteration"), last.at("scale"), last.at("total"), last.at("content"),
           last.at("style"), last.at("tv"), last.at("seconds")}};
}

}  // namespace

Journal::Journal(std::string folder) : folder_(std::move(folder)) {
  const std::string path = path_of(kFile);
  if (!is_taken(path)) {
    return;
  }
  try {
    read(path);
  } catch (const Json::exception&) {
    unreadable_ = true;
  } catch (const InputError&) {
    unreadable_ = true;
  }
  if (unreadable_) {
    entries_.clear();
    made_.clear();
  }
}

void Journal::read(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    unreadable_ = true;
    return;
  }
  const std::string text = read_file(path, kLargestJournal);
  if (json_nests_deeper(text)) {
    unreadable_ = true;
    return;
  }
  require_memory_for_json(text.size(), path);
  const Json journal = Json::parse(text);
  for (const Json& json : journal.at("panels")) {
    const JournalEntry entry = entry_of(json);
    if (is_plain_name(entry.file)) {
      entries_[json.at("recipe")] = entry;
      made_.push_back({entry.file, entry.sha256});
    }
  }
  for (const Json& json : journal.value("made", Json::array())) {
    made_.push_back({json.at("file"), json.at("sha256")});
  }
}

bool Journal::is_own(const std::string& path) const {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return false;
  }
  const std::string file = std::filesystem::path(path).filename().string();
  const std::string sha256 = sha256_of_file(path);
  return std::any_of(made_.begin(), made_.end(),
                     [&](const Made& made) { return made.file == file && made.sha256 == sha256; });
}

void Journal::claim(const std::string& file, const std::string& bytes) {
  const std::string sha256 = sha256_of(bytes);
  const auto is_older = [&](const Made& made) { return made.file == file; };
  std::erase_if(made_, [&](const Made& made) { return is_older(made) && made.sha256 == sha256; });
  if (std::count_if(made_.begin(), made_.end(), is_older) >= kMostVersions) {
    made_.erase(std::find_if(made_.begin(), made_.end(), is_older));
  }
  made_.push_back({file, sha256});
  write();
}

std::optional<JournalEntry> Journal::find(const std::string& recipe) const {
  const auto found = entries_.find(recipe);
  if (found == entries_.end()) {
    return std::nullopt;
  }
  try {
    if (sha256_of_file(path_of(found->second.file)) == found->second.sha256) {
      return found->second;
    }
  } catch (const InputError&) {
    // No such file any more: it is to be made.
  }
  return std::nullopt;
}

void Journal::add(const std::string& recipe, const std::string& file, const TraceRow& last) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.file == file; });
  entries_[recipe] = {file, sha256_of_file(path_of(file)), last};
  write();
}

void Journal::write() const {
  Json panels = Json::array();
  for (const auto& [recipe, entry] : entries_) {
    const TraceRow& last = entry.last;
    panels.push_back({{"file", entry.file},
                      {"sha256", entry.sha256},
                      {"recipe", recipe},
                      {"last",
                       {{"iteration", last.iteration},
                        {"scale", last.scale},
                        {"total", last.total},
                        {"content", last.content},
                        {"style", last.style},
                        {"tv", last.tv},
                        {"seconds", last.seconds}}}});
  }
  Json made = Json::array();
  for (const Made& file : made_) {
    made.push_back({{"file", file.file}, {"sha256", file.sha256}});
  }
  write_file(path_of(kFile), Json{{"panels", panels}, {"made", made}}.dump(1) + "\n");
}

}  // namespace impasto
