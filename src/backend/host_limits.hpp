// How much memory this process may still have.
#pragma once

#include <cstddef>
#include <limits>
#include <string>

namespace impasto {

struct HostLimit {
  std::size_t bytes = 0;
  std::string set_by;  ///< for people: "ulimit -v"; empty where it is what the machine has free
  /// Whether the process is refused memory, or ended, beyond it; a machine may swap instead.
  [[nodiscard]] bool is_hard() const { return !set_by.empty(); }
};

/// The least of what the machine has available (MemAvailable), what the resource limits RLIMIT_AS
/// and RLIMIT_DATA leave, and what the process's control groups leave (version 1 or 2, the group
/// and all above it; cached files count as free). `root`: what stands before /proc and /sys.
HostLimit host_limit(const std::string& root = "");

/// Bytes that the machine has, used or not, swap included; the largest number where it does not
/// say.
std::size_t machine_memory(const std::string& root = "");

inline constexpr std::size_t kUnlimitedAddresses = std::numeric_limits<std::size_t>::max();

/// Bytes of addresses that RLIMIT_AS and RLIMIT_DATA leave, used or not; kUnlimitedAddresses
/// without such limits.
std::size_t addresses_left(const std::string& root = "");

}  // namespace impasto
