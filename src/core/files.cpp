#include "core/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "impasto/error.hpp"

namespace impasto {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void throw_unwritable(const std::string& path, const std::string& reason) {
  throw InputError("cannot write: " + reason, path,
                   "name a file in a folder that exists, can be written, and has room");
}

/// Whether `path` is something that a rename would destroy: a device, a pipe, a socket.
bool is_special(const std::string& path) {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

/// A name beside `path` that no other process or thread uses. The extension is kept: encoders look
/// at it.
std::string name_beside(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  const std::string unique =
      "." + path.stem().string() + "." + std::to_string(getpid()) + "-" + std::to_string(counter++);
  return (path.parent_path() / (unique + ".part" + path.extension().string())).string();
}

/// Through a link to what it names, so that the link itself survives the rename.
fs::path resolve(const std::string& path) {
  std::error_code error;
  if (!fs::is_symlink(fs::symlink_status(path, error))) {
    return path;
  }
  const fs::path target = fs::weakly_canonical(path, error);
  return error ? fs::path(path) : target;
}

void flush_to_disk(const std::string& file, const std::string& path) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw_unwritable(path, std::strerror(errno));
  }
  const int result = fsync(descriptor);
  const int reason = errno;
  close(descriptor);
  if (result != 0 && reason != EINVAL && reason != EROFS) {
    throw_unwritable(path, std::strerror(reason));
  }
}

}  // namespace

void write_atomically(const std::string& path,
                      const std::function<void(const std::string&)>& write) {
  if (is_special(path)) {
    write(path);
    return;
  }
  require_writable(path);
  const fs::path target = resolve(path);
  const std::string beside = name_beside(target);
  try {
    write(beside);
    flush_to_disk(beside, path);
    fs::rename(beside, target);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    throw_unwritable(path, error.code().message());
  } catch (...) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    throw;
  }
}

void require_writable(const std::string& path) {
  if (path.empty()) {
    throw InputError("cannot write: the file name is empty", "", "name an output file");
  }
  if (is_special(path)) {
    return;
  }
  const fs::path target = resolve(path);
  std::error_code ignored;
  if (fs::is_directory(target, ignored)) {
    throw_unwritable(path, "it is a folder");
  }
  const std::string beside = name_beside(target);
  const int descriptor = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    throw_unwritable(path, std::strerror(errno));
  }
  close(descriptor);
  fs::remove(beside, ignored);
}

std::string read_file(const std::string& path, std::size_t limit) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::none) {  // it may be there, but may not be looked at
    throw InputError("cannot read: " + error.message(), path,
                     "check the permissions of its folder");
  }
  if (!fs::exists(status)) {
    throw InputError("no such file", path, "check the name");
  }
  if (fs::is_directory(status)) {
    throw InputError("is a folder, not a file", path, "name a file");
  }
  if (!fs::is_regular_file(status)) {  // reading a pipe or a device might never end
    throw InputError("is a device or a pipe, not a file", path, "save it as a file and name that");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw InputError(std::string("cannot read: ") + std::strerror(errno), path,
                     "check its permissions");
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
    throw InputError(std::string("cannot read: ") + std::strerror(errno), path, "check the disk");
  }
  return bytes;
}

void write_file(const std::string& path, const std::string& bytes) {
  write_atomically(path, [&](const std::string& file) {
    std::ofstream stream(file, std::ios::binary);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (!stream) {
      throw_unwritable(path, std::strerror(errno));
    }
  });
}

}  // namespace impasto
