#include "core/shortage.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

#include "impasto/error.hpp"

namespace impasto {

namespace {

[[noreturn]] void throw_out_of_memory(const std::string& path) {
  throw MemoryError("not enough memory", path,
                    "end other programs, or raise the limit (ulimit -v)");
}

}  // namespace

void throw_if_exhausted(int reason, const std::string& path) {
  if (reason == ENOMEM) {
    throw_out_of_memory(path);
  }
  if (reason == EMFILE) {
    throw DeviceError("this program has as many files open as it may", path,
                      "raise the limit (ulimit -n)");
  }
  if (reason == ENFILE) {
    throw DeviceError("the system has as many files open as it can", path, "end other programs");
  }
}

void throw_unreadable(const std::string& path, int reason) {
  throw_if_exhausted(reason, path);
  if (reason == EACCES || reason == EPERM) {
    throw InputError("cannot read: permission denied", path,
                     "allow yourself to read the file and to enter its folders (chmod u+r, u+x)");
  }
  throw InputError("cannot read: " + std::generic_category().message(reason), path,
                   "check the name, the disk and the permissions");
}

void throw_unwritable(const std::string& path, int reason) {
  throw_if_exhausted(reason, path);
  throw_unwritable(path, std::generic_category().message(reason));
}

void throw_unwritable(const std::string& path, const std::string& reason) {
  throw InputError("cannot write: " + reason, path,
                   "name a file in a folder that exists, can be written, and has room");
}

bool is_memory_left(std::size_t bytes) {
  void* const place =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) {
    return false;
  }
  munmap(place, bytes);
  return true;
}

void require_memory_left(std::size_t bytes, const std::string& path) {
  if (!is_memory_left(bytes)) {
    throw_out_of_memory(path);
  }
}

void require_memory_for_json(std::size_t bytes, const std::string& path) {
  constexpr std::size_t kModest = std::size_t{16} << 20U;
  constexpr std::size_t kPerByte = 8;
  require_memory_left(kModest + kPerByte * bytes, path);
}

}  // namespace impasto
