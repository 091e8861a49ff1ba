// Which processors this process may use, and how many.
#pragma once

#include <string>
#include <vector>

namespace impasto {

/// Processors of the affinity mask, or fewer where a container's CPU quota says so; at least 1.
int available_processors();

/// Numbers of the processors in the calling thread's affinity mask, ascending; empty where the
/// system does not tell.
std::vector<int> processors_of_mask();

/// From now on the calling thread runs on these alone; where the system refuses, nothing changes.
void keep_on_processors(const std::vector<int>& processors);

/// What the CPU quotas of this process's control group and the groups above it come to: the
/// smallest quota in processors, rounded up, at least 1; 0 where none is set or readable. Reads
/// cpu.max (cgroup v2) or cpu.cfs_quota_us and cpu.cfs_period_us (v1), where
/// `root`/proc/self/cgroup and mountinfo say that they are. `root`: a folder to read all paths
/// below, for tests.
int processors_of_quota(const std::string& root = "");

}  // namespace impasto
