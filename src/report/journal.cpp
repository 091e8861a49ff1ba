#include "report/journal.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "weights/input_file.hpp"

namespace impasto {
namespace {

using Json = nlohmann::json;

constexpr const char* kFile = "finished.json";
constexpr std::size_t kLargestJournal = std::size_t{1} << 26U;

/// A name without a folder: a journal from elsewhere must not lead outside its own.
bool is_plain_name(const std::string& file) {
  return !file.empty() && std::filesystem::path(file).filename() == file && file != "." &&
         file != "..";
}

std::map<std::string, JournalEntry> read_entries(const std::string& path) {
  std::map<std::string, JournalEntry> entries;
  const Json journal = Json::parse(read_file(path, kLargestJournal));
  for (const Json& json : journal.at("panels")) {
    JournalEntry entry;
    json.at("file").get_to(entry.file);
    json.at("sha256").get_to(entry.sha256);
    const Json& last = json.at("last");
    entry.last = {last.at("iteration"), last.at("scale"), last.at("total"),  last.at("content"),
                  last.at("style"),     last.at("tv"),    last.at("seconds")};
    if (is_plain_name(entry.file)) {
      entries[json.at("recipe")] = entry;
    }
  }
  return entries;
}

}  // namespace

Journal::Journal(std::string folder) : folder_(std::move(folder)) {
  const std::string path = path_of(kFile);
  if (!std::filesystem::exists(path)) {
    return;
  }
  try {
    entries_ = read_entries(path);
  } catch (const Json::exception&) {
    entries_.clear();
  } catch (const InputError&) {
    entries_.clear();
  }
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
  write_file(path_of(kFile), Json{{"panels", panels}}.dump(1) + "\n");
}

}  // namespace impasto
