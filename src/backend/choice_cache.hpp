// Which implementation was timed fastest, remembered between runs.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace impasto {

/// Lines "key TAB choice;" in a text file. Lines that do not read so are ignored; a file or folder
/// that cannot be read or written is as good as an empty one: a choice is then timed anew next
/// time.
class ChoiceCache {
 public:
  /// An empty path keeps nothing.
  explicit ChoiceCache(std::string path);

  [[nodiscard]] std::optional<std::string> find(const std::string& key) const;
  /// Also takes up what other processes have stored meanwhile. Neither may hold tabs or line ends.
  void store(const std::string& key, const std::string& choice);

 private:
  void read();

  std::string path_;
  std::map<std::string, std::string> choices_;
};

/// $XDG_CACHE_HOME/impasto/NAME or ~/.cache/impasto/NAME; empty without either variable, or when
/// IMPASTO_CACHE is "off". IMPASTO_CACHE may also name another folder, for NAME itself.
std::string cache_path(const std::string& name);

}  // namespace impasto
