// Ctrl-C, SIGTERM and a terminal that goes away, as a question that the loop asks.
#pragma once

namespace impasto {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGXCPU (ulimit -t) are remembered. A second SIGINT
/// or a second SIGTERM ends the program at once, with the output files as they were. A SIGHUP never
/// does: a terminal that closes sends several; and where it was ignored before (nohup), it stays
/// so. Nor does a SIGXCPU, which comes every second. A SIGINT is heard although it was ignored:
/// shells ignore it for what they start with &. SIGPIPE is ignored: a run goes on when nobody reads
/// its progress any more.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  InterruptGuard(InterruptGuard&&) = delete;
  InterruptGuard& operator=(InterruptGuard&&) = delete;
  ~InterruptGuard();

  [[nodiscard]] static bool interrupted();
};

/// From now on a file that grows beyond the process's limit (ulimit -f) is an error of the call
/// that writes it, as a full disk is, and does not end the program.
void ignore_full_files();

/// Opens what is closed of standard input, output and error, so that no picture gets their numbers
/// and with them what is meant for a terminal. Writing to them still fails.
void occupy_standard_streams();

}  // namespace impasto
