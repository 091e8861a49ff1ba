// Which implementation was timed fastest, remembered between runs.
#pragma once

#include <chrono>
#include <functional>
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

  /// Whether a stored choice is one that can be made.
  using IsBelieved = std::function<bool(const std::string& choice)>;

  /// Keeps `choice` and returns it, unless another process has meanwhile stored one that
  /// `is_believed`: the first one counts for all, and is returned. Also takes up what others have
  /// stored for other keys, and loses none of it: processes write one after another. Where one of
  /// them does not come to an end, this one soon goes on without writing. Neither text may hold
  /// tabs or line ends.
  std::string store(const std::string& key, const std::string& choice,
                    const IsBelieved& is_believed);

 private:
  void read();
  void write() const;

  std::string path_;
  std::map<std::string, std::string> choices_;
  /// How long it waits for others; not at all once they were waited for in vain.
  std::chrono::milliseconds patience_{500};
};

/// $XDG_CACHE_HOME/impasto/NAME or ~/.cache/impasto/NAME; empty without either variable, or when
/// IMPASTO_CACHE is "off". IMPASTO_CACHE may also name another folder, for NAME itself.
std::string cache_path(const std::string& name);

}  // namespace impasto
