#include "cli/interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace impasto {
namespace {

volatile std::sig_atomic_t signal_seen = 0;

void remember_signal(int signal) {
  signal_seen = 1;
  const bool comes_again = signal == SIGHUP || signal == SIGXCPU;
  std::signal(signal, comes_again ? SIG_IGN : SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  signal_seen = 0;
  for (const int signal : {SIGINT, SIGTERM, SIGXCPU}) {
    std::signal(signal, remember_signal);
  }
  if (std::signal(SIGHUP, remember_signal) == SIG_IGN) {
    std::signal(SIGHUP, SIG_IGN);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

InterruptGuard::~InterruptGuard() {
  for (const int signal : {SIGINT, SIGTERM, SIGXCPU}) {
    std::signal(signal, SIG_DFL);
  }
  // SIGHUP and SIGPIPE stay ignored: the results are still being told to a terminal that may be
  // gone.
  std::signal(SIGHUP, SIG_IGN);
}

bool InterruptGuard::interrupted() {
  return signal_seen != 0;
}

void ignore_full_files() {
  std::signal(SIGXFSZ, SIG_IGN);
}

void occupy_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) < 0) {
      // The lowest number that is free is this one.
      (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

}  // namespace impasto
