// Ctrl-C and SIGTERM, as a question that the loop asks.
#pragma once

namespace impasto {

/// While it lives, the first SIGINT or SIGTERM is remembered and a second one ends the program at
/// once.
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

}  // namespace impasto
