#include "core/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/near_name.hpp"
#include "core/shortage.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace fs = std::filesystem;

namespace {

constexpr mode_t kPermissions = 07777;
constexpr mode_t kAnyWrite = 0222;

[[noreturn]] void throw_unwritable(const std::string& path, const std::string& reason) {
  throw InputError("cannot write: " + reason, path,
                   "name a file in a folder that exists, can be written, and has room");
}

/// The same for a call of the system that failed; DeviceError where memory or descriptors ran out.
[[noreturn]] void throw_unwritable(const std::string& path, int reason) {
  throw_if_exhausted(reason, path);
  throw_unwritable(path, std::generic_category().message(reason));
}

/// Whether `path` is something that a rename would destroy: a device, a pipe, a socket.
bool is_special(const std::string& path) {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

/// Through a link to what it names, so that the link itself survives the rename.
fs::path resolve(const std::string& path) {
  std::error_code error;
  if (!fs::is_symlink(fs::symlink_status(path, error))) {
    return path;
  }
  fs::path target = fs::weakly_canonical(path, error);
  if (error) {
    throw_unwritable(path, error.message());
  }
  return target;
}

/// A new, empty file beside a target, of a name that nobody can foresee. It is removed unless it
/// took the target's place.
class PartFile {
 public:
  /// `path`: the target as the user named it, for messages.
  PartFile(fs::path target, std::string path)
      : target_(std::move(target)), path_(std::move(path)), name_(create_beside()) {}
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  PartFile(PartFile&&) = delete;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile() { unlink(name_.c_str()); }  // a name that was renamed is not there any more

  [[nodiscard]] const std::string& name() const { return name_; }

  /// Flushed to disk, with the permissions and, as far as this user may, the owner of the file that
  /// stands at the target.
  void finish() const {
    const int descriptor = open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) {
      throw_unwritable(path_, errno);
    }
    struct stat old {};
    if (stat(target_.c_str(), &old) == 0) {
      if (fchown(descriptor, old.st_uid, old.st_gid) != 0) {
        (void)!fchown(descriptor, static_cast<uid_t>(-1), old.st_gid);
      }
      (void)fchmod(descriptor, old.st_mode & kPermissions);
    }
    const int result = fsync(descriptor);
    const int reason = errno;
    close(descriptor);
    if (result != 0 && reason != EINVAL && reason != EROFS) {
      throw_unwritable(path_, reason);
    }
  }

  void replace_target() const {
    if (std::rename(name_.c_str(), target_.c_str()) != 0) {
      throw_unwritable(path_, errno);
    }
  }

  /// False where the target's name is taken.
  [[nodiscard]] bool take_free_place() const {
    const std::string target = target_.string();
    if (renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
      return true;
    }
    // Some file systems cannot do that. A second name for a file is never given over an old one
    // either; where that is unknown too, looking first is the best that is left.
    if (errno != EEXIST && link(name_.c_str(), target.c_str()) == 0) {
      return true;
    }
    if (errno == EEXIST || is_taken(target)) {
      return false;
    }
    replace_target();
    return true;
  }

 private:
  [[nodiscard]] std::string create_beside() const {
    struct stat old {};
    // Nobody else reads what will take the place of a file that nobody else may read.
    const mode_t mode = stat(target_.c_str(), &old) == 0 ? 0600 : 0666;
    std::random_device random;
    for (;;) {
      char unique[40];
      std::snprintf(unique, sizeof unique, ".impasto-%08x%08x.part", random(), random());
      std::string name = (target_.parent_path() / unique).string();
      const int descriptor =
          open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
      if (descriptor >= 0) {
        close(descriptor);
        return name;
      }
      if (errno != EEXIST) {
        throw_unwritable(path_, errno);
      }
    }
  }

  fs::path target_;
  std::string path_;
  std::string name_;
};

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

/// What the user may have meant by a name of no file.
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
  const std::string near = near_name(fs::path(path).filename().string(), names);
  return near.empty() ? "check the name" : "did you mean " + (folder / near).string() + "?";
}

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
  if (is_special(path)) {
    write(path);
    return;
  }
  require_writable(path);
  const PartFile part(resolve(path), path);
  write(part.name());
  part.finish();
  part.replace_target();
}

bool create_atomically(const std::string& path, const FileWriter& write) {
  require_possible_name(path);
  if (is_taken(path)) {
    return false;
  }
  const PartFile part(path, path);
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
