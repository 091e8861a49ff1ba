#include "core/part_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <random>
#include <utility>

#include "core/files.hpp"
#include "core/shortage.hpp"

namespace impasto {
namespace fs = std::filesystem;

namespace {

constexpr mode_t kPermissions = 07777;

/// The link by which a process opens what it has open.
std::string link_of(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

/// Closes a descriptor when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close(number_); }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

/// To the disk, on file systems that know of one.
void flush(int descriptor, const std::string& path) {
  if (fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) {
    throw_unwritable(path, errno);
  }
}

/// Throws InputError naming `path` when a part cannot be read or written.
void copy_bytes(int from, int to, const std::string& path) {
  std::array<char, 65536> block{};
  off_t done = 0;
  while (true) {
    const ssize_t count = pread(from, block.data(), block.size(), done);
    if (count == 0) {
      return;
    }
    if (count < 0) {
      throw_unwritable(path, errno);
    }
    for (ssize_t written = 0; written < count;) {
      const ssize_t more =
          write(to, block.data() + written, static_cast<std::size_t>(count - written));
      if (more < 0) {
        throw_unwritable(path, errno);
      }
      written += more;
    }
    done += count;
  }
}

}  // namespace

PartFile::PartFile(fs::path target, std::string path, Naming naming)
    : target_(std::move(target)), path_(std::move(path)) {
  struct stat old {};
  const mode_t mode = stat(target_.c_str(), &old) == 0 ? 0600 : 0666;
  if (naming == Naming::kLate) {
    create_nameless(mode);
  }
  if (descriptor_ < 0) {
    create_named(mode);
  }
}

PartFile::~PartFile() {
  if (!name_.empty()) {
    unlink(name_.c_str());  // a name that was renamed is not there any more
  }
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

/// Leaves descriptor_ as it is where the file system or the missing /proc does not allow it.
void PartFile::create_nameless(unsigned mode) {
  const fs::path folder = target_.parent_path();
  const int descriptor =
      open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  if (descriptor < 0) {
    return;
  }
  if (access(link_of(descriptor).c_str(), F_OK) != 0) {
    close(descriptor);
    return;
  }
  descriptor_ = descriptor;
}

void PartFile::create_named(unsigned mode) {
  for (;;) {
    std::string name = unforeseeable_name();
    const int descriptor =
        open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (descriptor >= 0) {
      descriptor_ = descriptor;
      name_ = std::move(name);
      return;
    }
    if (errno != EEXIST) {
      throw_unwritable(path_, errno);
    }
  }
}

std::string PartFile::unforeseeable_name() const {
  std::random_device random;
  char unique[40];
  std::snprintf(unique, sizeof unique, ".impasto-%08x%08x.part", random(), random());
  return (target_.parent_path() / unique).string();
}

std::string PartFile::name() const {
  return name_.empty() ? link_of(descriptor_) : name_;
}

void PartFile::finish() const {
  struct stat old {};
  if (stat(target_.c_str(), &old) == 0) {
    if (fchown(descriptor_, old.st_uid, old.st_gid) != 0) {
      (void)!fchown(descriptor_, static_cast<uid_t>(-1), old.st_gid);
    }
    (void)fchmod(descriptor_, old.st_mode & kPermissions);
  }
  flush(descriptor_, path_);
}

/// Whether the nameless file could be given this name, which nothing has.
bool PartFile::link_to(const std::string& name) const {
  return linkat(AT_FDCWD, link_of(descriptor_).c_str(), AT_FDCWD, name.c_str(),
                AT_SYMLINK_FOLLOW) == 0;
}

/// A nameless file gets a name, for what cannot be done without one.
void PartFile::give_name() {
  while (name_.empty()) {
    std::string name = unforeseeable_name();
    if (link_to(name)) {
      name_ = std::move(name);
    } else if (errno != EEXIST) {
      copy_to_named_file();
    }
  }
}

/// For systems that make nameless files but give them no names, by a rule of their own.
void PartFile::copy_to_named_file() {
  const Descriptor nameless(std::exchange(descriptor_, -1));
  create_named(0600);
  copy_bytes(nameless.get(), descriptor_, path_);
  struct stat status {};
  if (fstat(nameless.get(), &status) == 0) {
    (void)!fchown(descriptor_, status.st_uid, status.st_gid);
    (void)fchmod(descriptor_, status.st_mode & kPermissions);
  }
  flush(descriptor_, path_);
}

void PartFile::replace_target() {
  if (name_.empty() && link_to(target_.string())) {
    return;  // there was nothing to replace
  }
  give_name();
  if (std::rename(name_.c_str(), target_.c_str()) != 0) {
    throw_unwritable(path_, errno);
  }
}

bool PartFile::take_free_place() {
  const std::string target = target_.string();
  if (name_.empty()) {
    if (link_to(target)) {
      return true;
    }
    if (errno == EEXIST) {
      return false;
    }
    give_name();
  }
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

}  // namespace impasto
