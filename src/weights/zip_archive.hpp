// Zip archives as PyTorch and Keras write them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct zip;

namespace impasto {

/// A zip archive whose entries are stored as they are: no entry can be larger than the file.
class ZipArchive {
 public:
  /// Throws InputError when the archive is damaged.
  explicit ZipArchive(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Whether an entry's name passes `test`, which is asked until one does.
  [[nodiscard]] bool any_entry(const std::function<bool(std::string_view)>& test) const;

  /// The one entry that `name` is the end of. Throws InputError when there is none or several.
  [[nodiscard]] std::string find_ending(std::string_view name) const;

  /// Bytes of an entry. None when there is no such entry. Throws InputError when it is compressed.
  [[nodiscard]] std::optional<std::uint64_t> size_of_entry(const std::string& name) const;

  /// Fills `out` with the entry's bytes from `offset` on. Reading to the end checks the entry's
  /// CRC. Throws InputError.
  void read(const std::string& name, std::uint64_t offset, std::span<std::byte> out) const;

 private:
  struct Close {
    void operator()(zip* archive) const noexcept;
  };

  std::string path_;
  std::uint64_t size_;
  std::unique_ptr<zip, Close> archive_;
};

}  // namespace impasto
