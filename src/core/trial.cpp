#include "core/trial.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace impasto {
namespace {

std::atomic<bool> allowed{false};

/// The child's part. It leaves neither words nor a core file.
[[noreturn]] void run_and_end(const std::function<void()>& action) {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDERR_FILENO);
  try {
    action();
  } catch (...) {
    // The parent will meet it too, and say what it is.
  }
  _exit(0);
}

/// Whether it was the process's own fault that it ended: others may kill it for other reasons.
bool is_crash(int status) {
  if (WIFEXITED(status)) {
    return WEXITSTATUS(status) != 0;
  }
  const int signal = WTERMSIG(status);
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT || signal == SIGFPE ||
         signal == SIGILL;
}

}  // namespace

void allow_trials() {
  allowed = true;
}

bool survives(const std::function<void()>& action) {
  if (!allowed) {
    return true;
  }
  const pid_t child = fork();
  if (child == 0) {
    run_and_end(action);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return true;
    }
  }
  return child < 0 || !is_crash(status);
}

}  // namespace impasto
