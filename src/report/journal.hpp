// Which panels of a figure are finished, and what each was made from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "impasto/transfer.hpp"

namespace impasto {

/// A finished panel's picture file, name only, and its last evaluation.
struct JournalEntry {
  std::string file;
  std::string sha256;  ///< of the file
  TraceRow last;
};

/// FOLDER/finished.json: what each picture in the folder was made from ("recipe"), so that it is
/// made again only if that changes; and the SHA-256 of every file that was made for the figure
/// ("made"), so that a later run knows it for its own.
class Journal {
 public:
  static constexpr const char* kFile = "finished.json";

  /// Reads what is there. A missing or damaged journal is an empty one: panels are then made anew.
  explicit Journal(std::string folder);

  /// Whether there is something called finished.json that no journal can be read from.
  [[nodiscard]] bool is_unreadable() const { return unreadable_; }

  /// Whether `path` is a file that was made for this figure, untouched since.
  [[nodiscard]] bool is_own(const std::string& path) const;

  /// Notes that a file of this name and these bytes is about to be made for the figure, and writes
  /// the journal. Before the file itself, so that it is known even if the run is killed in between.
  void claim(const std::string& file, const std::string& bytes);

  /// The entry of this recipe, if its file is there and untouched.
  [[nodiscard]] std::optional<JournalEntry> find(const std::string& recipe) const;

  /// Notes that `file` was made by this recipe, and writes the journal, whole or not at all. What
  /// else claims that file is forgotten. Throws InputError.
  void add(const std::string& recipe, const std::string& file, const TraceRow& last);

  [[nodiscard]] std::string path_of(const std::string& file) const { return folder_ + "/" + file; }

 private:
  struct Made {
    std::string file;  ///< name only
    std::string sha256;
  };

  void read(const std::string& path);
  void write() const;

  std::string folder_;
  bool unreadable_ = false;
  std::map<std::string, JournalEntry> entries_;  // by recipe
  std::vector<Made> made_;                       // in the order of making
};

}  // namespace impasto
