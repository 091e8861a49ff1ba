#include "weights/input_file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "core/shortage.hpp"
#include "impasto/error.hpp"

namespace impasto {

InputFile::InputFile(const std::string& path) : path_(path) {
  require_regular_file(path);
  stream_.open(path, std::ios::binary);
  if (!stream_) {
    throw_unreadable(path, errno);
  }
  std::error_code error;
  size_ = std::filesystem::file_size(path, error);
  if (error) {
    throw_unreadable(path, error.value());
  }
}

void InputFile::read(std::uint64_t offset, std::span<std::byte> out) {
  if (offset > size_ || out.size() > size_ - offset) {
    throw InputError("the file is truncated", path_, "download or save it again");
  }
  stream_.clear();
  errno = EIO;  // unless the system says more
  stream_.seekg(static_cast<std::streamoff>(offset));
  stream_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  if (!stream_) {
    throw_unreadable(path_, errno);
  }
}

std::string InputFile::head(std::size_t limit) {
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(limit, size_)), '\0');
  read(0, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string sha256_of_file(const std::string& path) {
  InputFile file(path);
  Sha256 sha256;
  std::vector<std::byte> block(std::size_t{1} << 20U);
  for (std::uint64_t at = 0; at < file.size();) {
    const auto bytes = std::min<std::uint64_t>(block.size(), file.size() - at);
    const std::span<std::byte> part = std::span(block).first(static_cast<std::size_t>(bytes));
    file.read(at, part);
    sha256.add(part);
    at += bytes;
  }
  return sha256.finish();
}

}  // namespace impasto
