#include "weights/zip_archive.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include "core/shortage.hpp"
#include "impasto/error.hpp"
#include "weights/input_file.hpp"

namespace impasto {

namespace {

struct CloseEntry {
  void operator()(zip_file_t* entry) const noexcept { zip_fclose(entry); }
};

[[noreturn]] void refuse(const std::string& what, const std::string& where) {
  throw InputError(what, where, "download or save it again");
}

/// Throws where libzip was refused memory, descriptors or the file, which says nothing about what
/// is in it.
void throw_if_not_the_archive(zip_error_t& error, const std::string& where) {
  if (zip_error_code_zip(&error) == ZIP_ER_MEMORY) {
    throw std::bad_alloc();
  }
  const int reason =
      zip_error_system_type(&error) == ZIP_ET_SYS ? zip_error_code_system(&error) : 0;
  throw_if_exhausted(reason, where);
  if (reason == EACCES || reason == EIO) {
    throw_unreadable(where, reason);
  }
}

void fill(zip_file_t* entry, std::span<std::byte> out, const std::string& name,
          const std::string& where) {
  while (!out.empty()) {
    const zip_int64_t got = zip_fread(entry, out.data(), out.size());
    if (got < 0) {
      throw_if_not_the_archive(*zip_file_get_error(entry), where);
    }
    if (got <= 0) {
      refuse("the entry " + name + " is damaged or truncated", where);
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

void ZipArchive::Close::operator()(zip* archive) const noexcept {
  zip_discard(archive);
}

ZipArchive::ZipArchive(const std::string& path) : path_(path), size_(InputFile(path).size()) {
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (archive_ == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);  // takes the system's reason from errno
    throw_if_not_the_archive(error, path);
    refuse("the zip archive is damaged or truncated", path);
  }
}

bool ZipArchive::any_entry(const std::function<bool(std::string_view)>& test) const {
  const zip_int64_t entries = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* entry = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0);
    if (entry != nullptr && test(entry)) {
      return true;
    }
  }
  return false;
}

std::string ZipArchive::find_ending(std::string_view name) const {
  std::optional<std::string> found;
  const bool several = any_entry([&](std::string_view entry) {
    const bool second = entry.ends_with(name) && found;
    if (entry.ends_with(name)) {
      found = entry;
    }
    return second;
  });
  if (several) {
    refuse("the zip archive holds more than one " + std::string(name), path_);
  }
  if (!found) {
    refuse("the zip archive holds no " + std::string(name) + " and so is no PyTorch checkpoint",
           path_);
  }
  return *found;
}

std::optional<std::uint64_t> ZipArchive::size_of_entry(const std::string& name) const {
  zip_stat_t status;
  if (zip_stat(archive_.get(), name.c_str(), 0, &status) != 0) {
    return std::nullopt;
  }
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
  if ((status.valid & kNeeded) != kNeeded || status.comp_method != ZIP_CM_STORE ||
      status.size > size_) {
    refuse("the zip archive is compressed, as neither PyTorch nor Keras does", path_);
  }
  return status.size;
}

void ZipArchive::read(const std::string& name, std::uint64_t offset,
                      std::span<std::byte> out) const {
  const std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen(archive_.get(), name.c_str(), 0));
  if (entry == nullptr) {
    throw_if_not_the_archive(*zip_get_error(archive_.get()), path_);
    refuse("the zip archive holds no " + name, path_);
  }
  std::array<std::byte, 65536> passed;
  while (offset > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(offset, passed.size()));
    fill(entry.get(), std::span(passed).first(step), name, path_);
    offset -= step;
  }
  fill(entry.get(), out, name, path_);
  if (zip_fread(entry.get(), passed.data(), 1) < 0) {
    throw_if_not_the_archive(*zip_file_get_error(entry.get()), path_);
    refuse("the checksum of " + name + " does not match", path_);
  }
}

}  // namespace impasto
