// Every file that a command reads and writes, checked against one another before any work begins.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace impasto {

/// The rules: an input is never replaced. An output that the user named may replace an older file.
/// A name that the program derives from another one replaces only what an earlier run of the same
/// kind made there, unless --overwrite is given. No two outputs are one file.
class RunFiles {
 public:
  explicit RunFiles(bool overwrite = false) : overwrite_(overwrite) {}

  /// A file that is read. Words that name no file (oriented:3) and empty ones do no harm.
  void reads(const std::string& path);
  void reads(const std::vector<std::string>& paths);

  /// A file that the user named with `option`.
  void writes(const std::string& path, const std::string& option);

  /// The same for text of a kind, "JSON", whose names end in `ending`, ".json", or as the user
  /// likes, but not as those of a picture, of weights or of another kind of text do.
  void writes_text(const std::string& path, const std::string& option, const std::string& kind,
                   const std::string& ending);

  /// A file that is written under a derived name. `what`: "the snapshot". `is_own` is asked about
  /// a file that is there: whether an earlier run made it and nobody has changed it since.
  void derives(const std::string& path, const std::string& what,
               std::function<bool(const std::string&)> is_own);

  /// Throws UsageError that names the file and a remedy where a rule would be broken, and where a
  /// derived name is longer than names can be.
  void check() const;

 private:
  struct Name {
    std::string path;
    std::string place;  ///< where the file stands or would stand: absolute, links followed
    std::optional<std::pair<std::uint64_t, std::uint64_t>>
        file;  ///< device and inode, if it exists
  };
  struct Output {
    Name name;
    std::string option;  ///< empty for a derived name
    std::string kind;    ///< of text
    std::string ending;  ///< of text
    std::string what;    ///< of a derived name
    std::function<bool(const std::string&)> is_own;
  };

  static Name name_of(const std::string& path);
  void check_against_inputs(const Output& output) const;
  void check_against_outputs(std::size_t n) const;
  void check_derived(const Output& output) const;
  static void check_ending(const Output& output);

  bool overwrite_;
  std::vector<Name> inputs_;
  std::vector<Output> outputs_;
};

}  // namespace impasto
