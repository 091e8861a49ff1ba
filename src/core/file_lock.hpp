// A lock that processes of this program take on a file.
#pragma once

#include <chrono>
#include <string>

namespace impasto {

/// Holds the lock on a file, which is made where it is missing and never removed, until the end of
/// its life, or of the process.
class FileLock {
 public:
  enum class State {
    kHeld,
    kBusy,       ///< another process held it all the time
    kUnlockable  ///< the file cannot be made, or its file system knows no locks
  };

  /// Waits for at most `patience`.
  FileLock(const std::string& path, std::chrono::milliseconds patience);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  FileLock(FileLock&&) = delete;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

  [[nodiscard]] State state() const { return state_; }

 private:
  int descriptor_ = -1;
  State state_ = State::kUnlockable;
};

}  // namespace impasto
