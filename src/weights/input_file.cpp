#include "weights/input_file.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <new>
#include <system_error>
#include <vector>

#include "core/shortage.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace fs = std::filesystem;

InputFile::InputFile(const std::string& path) : path_(path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw InputError("no such file", path, "check the name");
  }
  if (error) {  // it may be there, but may not be looked at
    throw_unreadable(path, error.value());
  }
  if (!fs::is_regular_file(status)) {
    throw InputError("not a regular file", path, "name a file");
  }
  stream_.open(path, std::ios::binary);
  if (!stream_) {
    throw_unreadable(path, errno);
  }
  size_ = fs::file_size(path, error);
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
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::vector<std::byte> block(std::size_t{1} << 20U);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (context == nullptr) {
    throw std::bad_alloc();
  }
  bool good = EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (std::uint64_t at = 0; good && at < file.size();) {
    const auto bytes = std::min<std::uint64_t>(block.size(), file.size() - at);
    file.read(at, std::span(block).first(static_cast<std::size_t>(bytes)));
    good = EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(bytes)) == 1;
    at += bytes;
  }
  if (!good || EVP_DigestFinal_ex(context.get(), digest, &length) != 1) {
    throw InputError("cannot compute the SHA-256", path, "check the installed OpenSSL");
  }
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4U];
    text += "0123456789abcdef"[digest[i] & 15U];
  }
  return text;
}

}  // namespace impasto
