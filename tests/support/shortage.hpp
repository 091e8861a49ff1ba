// Takes descriptors and memory away from this process, or from a child of it.
#pragma once

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <limits>
#include <vector>

namespace impasto {

/// While one lives no further file can be opened: EMFILE.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;
  NoMoreFiles(NoMoreFiles&&) = delete;
  NoMoreFiles& operator=(NoMoreFiles&&) = delete;

 private:
  rlimit before_{};
};

/// Takes all memory that this process could still get, except for `left` bytes in one piece.
inline void take_memory_except(std::size_t left) {
  // A large block would be mapped by itself, and lost to the system once it is freed.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  void* volatile kept = std::malloc(left);  // the compiler would leave it out
  const rlimit nothing{0, 0};
  setrlimit(RLIMIT_AS, &nothing);
  for (std::size_t size = std::size_t{1} << 24U; size >= 16; size /= 2) {
    while (void* volatile block = std::malloc(size)) {
      static_cast<void>(block);
    }
  }
  std::free(kept);
}

/// Runs `act` in a child process and returns what it returned; -1 when a signal ended it.
inline int in_child(const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) {
    _exit(act());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace impasto
