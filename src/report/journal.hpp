// Which panels of a figure are finished, and what each was made from.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "impasto/transfer.hpp"

namespace impasto {

/// A finished panel's picture file, name only, and its last evaluation.
struct JournalEntry {
  std::string file;
  std::string sha256;  ///< of the file
  TraceRow last;
};

/// FOLDER/finished.json: what each picture in the folder was made from ("recipe"), so that it is
/// made again only if that changes.
class Journal {
 public:
  /// Reads what is there. A missing or damaged journal is an empty one: panels are then made anew.
  explicit Journal(std::string folder);

  /// The entry of this recipe, if its file is there and untouched.
  [[nodiscard]] std::optional<JournalEntry> find(const std::string& recipe) const;

  /// Notes that `file` was made by this recipe, and writes the journal, whole or not at all. What
  /// else claims that file is forgotten. Throws InputError.
  void add(const std::string& recipe, const std::string& file, const TraceRow& last);

  [[nodiscard]] std::string path_of(const std::string& file) const { return folder_ + "/" + file; }

 private:
  void write() const;

  std::string folder_;
  std::map<std::string, JournalEntry> entries_;  // by recipe
};

}  // namespace impasto
