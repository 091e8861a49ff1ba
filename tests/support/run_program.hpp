// Runs the built program as a user would: arguments, environment and folder in; output and exit
// status out.
#pragma once

#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <vector>

namespace impasto {

/// A call of the program. No shell is involved: every argument arrives as it is written here.
struct ProgramCall {
  std::vector<std::string> arguments{};
  std::string program{};  ///< another program's path, for a shell around this one; empty = impasto
  std::string folder{};   ///< working directory; empty = the test's own
  /// Added to the test's own environment, from which IMPASTO_WEIGHTS is always removed.
  std::map<std::string, std::string> environment{};
  std::string standard_output{};  ///< a file that stdout goes to; empty = captured
  std::string
      interrupt_after{};  ///< `signal` is sent once this text stood on stderr; empty = never
  int signal = SIGINT;    ///< 0: stderr's reader goes away instead
  bool terminal = false;  ///< whether stderr is a pseudo-terminal
  /// Killed, and reported as timed out, after this, or ten times this under a sanitizer.
  std::chrono::seconds limit{60};
};

struct ProgramResult {
  int exit_code = -1;  ///< -1 when a signal ended the program
  int signal = 0;      ///< the signal that ended it, or 0
  bool timed_out = false;
  std::string out;
  std::string err;
};

/// Runs the program to its end. Throws std::runtime_error when it cannot be started at all.
ProgramResult run_program(const ProgramCall& call);

}  // namespace impasto
