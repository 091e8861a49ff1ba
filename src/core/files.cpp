#include "core/files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/near_name.hpp"
#include "core/part_file.hpp"
#include "core/shortage.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace fs = std::filesystem;

namespace {

constexpr mode_t kAnyWrite = 0222;

/// Whether `path` is something that a rename would destroy: a device, a pipe, a socket.
bool is_special(const std::string& path) {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

/// Through links, so that they themselves survive the rename.
fs::path resolve(const std::string& path) {
  std::error_code error;
  fs::path target = behind_links(path, error);
  if (error) {
    throw_unwritable(path, error.message());
  }
  return target;
}

void write_bytes(const std::string& file, const std::string& bytes, const std::string& path) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) {
    const int reason = errno;
    if (reason == 0) {
      throw_unwritable(path, "the file could not be filled");
    }
    throw_unwritable(path, reason);
  }
}

void write_through_part(const std::string& path, const FileWriter& write, PartFile::Naming naming) {
  if (is_special(path)) {
    write(path);
    return;
  }
  require_writable(path);
  PartFile part(resolve(path), path, naming);
  write(part.name());
  part.finish();
  part.replace_target();
}

/// Throws where the name itself can be no file's.
void require_possible_name(const std::string& path) {
  if (path.empty()) {
    throw UsageError("cannot write: the file name is empty", "", "name an output file");
  }
  const std::size_t length = fs::path(path).filename().string().size();
  const std::size_t most = longest_file_name(path);
  if (length > most) {
    throw UsageError("the file name has " + std::to_string(length) + " bytes, and " +
                         std::to_string(most) + " are possible here",
                     path, "choose a shorter name");
  }
}

/// "https://example.org/a.jpg"
bool is_web_address(const std::string& path) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::size_t scheme = path.find_first_not_of(kLetters);
  return scheme != 0 && scheme != std::string::npos && path.substr(scheme).starts_with("://");
}

}  // namespace

std::string remedy_for_missing(const std::string& path) {
  if (is_web_address(path)) {
    return "this is a web address: download it first, and name the file";
  }
  if (path.find_first_of("*?") != std::string::npos) {
    return "no file matches this pattern; name one file";
  }
  const fs::path folder = fs::path(path).parent_path();
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, error), end;
       !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (fs::is_symlink(fs::symlink_status(path, error))) {
    return "it is a link, and what it leads to is not there";
  }
  const std::string near = near_name(fs::path(path).filename().string(), names);
  return near.empty() ? "check the name" : "did you mean " + (folder / near).string() + "?";
}

namespace {

void require_unprotected(const fs::path& target, const std::string& path) {
  struct stat old {};
  if (stat(target.c_str(), &old) != 0) {
    return;
  }
  if ((old.st_mode & kAnyWrite) == 0 || access(target.c_str(), W_OK) != 0) {
    throw InputError("the file there is write-protected", path,
                     "name another file, or allow this one to be written (chmod u+w)");
  }
}

}  // namespace

void write_atomically(const std::string& path, const FileWriter& write) {
  write_through_part(path, write, PartFile::Naming::kLate);
}

void write_atomically_by_name(const std::string& path, const FileWriter& write) {
  write_through_part(path, write, PartFile::Naming::kAtOnce);
}

bool create_atomically(const std::string& path, const FileWriter& write) {
  require_possible_name(path);
  if (is_taken(path)) {
    return false;
  }
  PartFile part(path, path);
  write(part.name());
  part.finish();
  return part.take_free_place();
}

void write_file(const std::string& path, const std::string& bytes) {
  write_atomically(path, [&](const std::string& file) { write_bytes(file, bytes, path); });
}

bool create_file(const std::string& path, const std::string& bytes) {
  return create_atomically(path, [&](const std::string& file) { write_bytes(file, bytes, path); });
}

void require_writable(const std::string& path) {
  require_possible_name(path);
  if (is_special(path)) {
    return;
  }
  const fs::path target = resolve(path);
  std::error_code ignored;
  if (fs::is_directory(target, ignored)) {
    throw_unwritable(path, "it is a folder");
  }
  require_unprotected(target, path);
  const PartFile attempt(target, path);
}

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const fs::path place = fs::absolute(path, error);
  return error || path.empty() ? path : place.string();
}

fs::path behind_links(fs::path path, std::error_code& error) {
  constexpr int kMostLinks = 40;  // the system's own limit
  error.clear();
  std::error_code ignored;
  for (int links = 0; !error && fs::is_symlink(fs::symlink_status(path, ignored)); ++links) {
    if (links == kMostLinks) {
      error = std::make_error_code(std::errc::too_many_symbolic_link_levels);
      break;
    }
    path = path.parent_path() / fs::read_symlink(path, error);
  }
  return path;
}

bool is_taken(const std::string& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

bool is_missing(const std::string& path) {
  std::error_code ignored;
  return fs::status(path, ignored).type() == fs::file_type::not_found;
}

std::size_t longest_file_name(const std::string& path) {
  constexpr std::size_t kUsual = 255;
  const fs::path folder = fs::path(path).parent_path();
  const long most = pathconf(folder.empty() ? "." : folder.c_str(), _PC_NAME_MAX);
  return most > 0 ? static_cast<std::size_t>(most) : kUsual;
}

void require_regular_file(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw InputError("no such file", path, remedy_for_missing(path));
  }
  if (error) {  // it may be there, but may not be looked at
    throw_unreadable(path, error.value());
  }
  if (fs::is_directory(status)) {
    throw InputError("is a folder, not a file", path, "name a file");
  }
  if (!fs::is_regular_file(status)) {  // reading a pipe or a device might never end
    throw InputError("is a device or a pipe, not a file", path, "save it as a file and name that");
  }
}

std::string read_file(const std::string& path, std::size_t limit) {
  require_regular_file(path);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw_unreadable(path, errno);
  }
  std::string bytes;
  char block[65536];
  while (stream.read(block, sizeof block) || stream.gcount() > 0) {
    bytes.append(block, static_cast<std::size_t>(stream.gcount()));
    if (bytes.size() > limit) {
      throw InputError("larger than " + std::to_string(limit >> 20U) + " MiB", path,
                       "this is not a file of the expected kind");
    }
  }
  if (stream.bad()) {
    throw_unreadable(path, errno);
  }
  return bytes;
}

}  // namespace impasto
