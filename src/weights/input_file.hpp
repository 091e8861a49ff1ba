// A file that is read at given places: only what is asked for ever comes into memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>

namespace impasto {

class InputFile {
 public:
  /// Throws InputError when `path` is missing, no regular file or unreadable.
  explicit InputFile(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Fills `out` with the bytes from `offset` on. Throws InputError when the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> out);

  /// The first bytes of the file, at most `limit`.
  std::string head(std::size_t limit);

 private:
  std::string path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

/// SHA-256 of a whole file in lower-case hexadecimal. Throws InputError, DeviceError as sha256_of.
std::string sha256_of_file(const std::string& path);

}  // namespace impasto
