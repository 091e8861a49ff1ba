// Which processors this process may use, and how many.
#pragma once

#include <string>
#include <vector>

namespace impasto {

/// Processors of the affinity mask, or fewer where a container's CPU quota says so; at least 1.
int available_processors();

/// "AMD EPYC 9554", as the system names the first processor; "unknown" where it does not.
std::string processor_name();

/// The processors that a thread may run on, as the system writes them.
class ProcessorMask {
 public:
  /// Of no processor.
  ProcessorMask() = default;
  /// The calling thread's; of no processor where the system does not tell.
  static ProcessorMask of_this_thread();

  /// Their numbers, ascending.
  [[nodiscard]] std::vector<int> processors() const;
  /// The mask of this one alone.
  [[nodiscard]] ProcessorMask only(int processor) const;

  /// Becomes the calling thread's without allocating; false, and any mask, where that is larger.
  bool read();
  /// From now on the calling thread runs on these alone; where the system refuses, and for a mask
  /// of no processor, nothing changes. Allocates nothing.
  void apply() const;

  friend bool operator==(const ProcessorMask&, const ProcessorMask&) = default;

 private:
  std::vector<unsigned long> words_;  // a bit for each processor, as in cpu_set_t
};

/// What the CPU quotas of this process's control group and the groups above it come to: the
/// smallest quota in processors, rounded up, at least 1; 0 where none is set or readable. Reads
/// cpu.max (cgroup v2) or cpu.cfs_quota_us and cpu.cfs_period_us (v1), where
/// `root`/proc/self/cgroup and mountinfo say that they are. `root`: a folder to read all paths
/// below, for tests.
int processors_of_quota(const std::string& root = "");

}  // namespace impasto
