#include "core/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace impasto {

FileLock::FileLock(const std::string& path, std::chrono::milliseconds patience)
    : descriptor_(
          open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666)) {
  constexpr std::chrono::milliseconds kPause{2};
  if (descriptor_ < 0) {
    return;
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return;
    }
    if (std::chrono::steady_clock::now() >= end) {
      state_ = State::kBusy;
      return;
    }
    std::this_thread::sleep_for(kPause);
  }
  state_ = State::kHeld;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) {
    close(descriptor_);  // and with it the lock
  }
}

}  // namespace impasto
