#include "backend/host_limits.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <vector>

#include "core/control_groups.hpp"

namespace impasto {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kUnlimited = kUnlimitedAddresses;

/// The number after the line's first word `key`, as in "MemAvailable:   24073280 kB".
std::optional<std::size_t> number_after(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    std::size_t number = 0;
    if (words >> word && word == key && words >> number) {
      return number;
    }
  }
  return std::nullopt;
}

/// A file that holds one number, or "max".
std::optional<std::size_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  std::size_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

std::size_t left(std::size_t limit, std::size_t used) {
  return limit > used ? limit - used : 0;
}

/// What a resource limit leaves beside the kilobytes that /proc/self/status counts under `key`.
HostLimit resource_limit(const std::string& root, int resource, const std::string& key,
                         const std::string& name) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return {kUnlimited, name};
  }
  const std::size_t used = number_after(root + "/proc/self/status", key).value_or(0) * 1024;
  return {left(limit.rlim_cur, used), name};
}

/// The files of one version of control groups.
struct GroupFiles {
  std::string limit;
  std::string usage;
  std::string cached;  ///< key in memory.stat of what is given back under pressure
};

/// The group's folder, or the mount's own where the group's is not seen from inside a container.
fs::path group_folder(const fs::path& mount, const std::string& group) {
  const fs::path folder = mount / fs::path(group).relative_path();
  std::error_code ignored;
  return fs::is_directory(folder, ignored) ? folder : mount;
}

HostLimit group_limit(fs::path folder, const fs::path& mount, const GroupFiles& files) {
  HostLimit least{kUnlimited, ""};
  while (true) {
    if (const auto limit = number_in(folder / files.limit)) {
      const std::size_t usage = number_in(folder / files.usage).value_or(0);
      const std::size_t cached = number_after(folder / "memory.stat", files.cached).value_or(0);
      const HostLimit here{left(*limit, left(usage, cached)),
                           "the control group's " + (folder / files.limit).string()};
      least = here.bytes < least.bytes ? here : least;
    }
    if (folder == mount || !folder.has_relative_path()) {
      return least;
    }
    folder = folder.parent_path();
  }
}

HostLimit control_group_limit(const std::string& root) {
  HostLimit least{kUnlimited, ""};
  for (const ControlGroup& group : control_groups(root)) {
    const auto take = [&](const fs::path& mount, const GroupFiles& files) {
      const HostLimit limit = group_limit(group_folder(mount, group.path), mount, files);
      least = limit.bytes < least.bytes ? limit : least;
    };
    if (group.is_version2()) {
      const GroupFiles files{"memory.max", "memory.current", "inactive_file"};
      take(root + "/sys/fs/cgroup", files);
      take(root + "/sys/fs/cgroup/unified", files);
    } else if (group.has("memory")) {
      take(root + "/sys/fs/cgroup/memory",
           {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"});
    }
  }
  return least;
}

}  // namespace

std::size_t addresses_left(const std::string& root) {
  return std::min(resource_limit(root, RLIMIT_AS, "VmSize:", "ulimit -v").bytes,
                  resource_limit(root, RLIMIT_DATA, "VmData:", "ulimit -d").bytes);
}

std::size_t machine_memory(const std::string& root) {
  const auto kilobytes = number_after(root + "/proc/meminfo", "MemTotal:");
  const auto swap = number_after(root + "/proc/meminfo", "SwapTotal:");
  return kilobytes ? (*kilobytes + swap.value_or(0)) * 1024 : kUnlimited;
}

HostLimit host_limit(const std::string& root) {
  const std::size_t machine = number_after(root + "/proc/meminfo", "MemAvailable:").value_or(0);
  const std::vector<HostLimit> limits{{machine * 1024, ""},
                                      resource_limit(root, RLIMIT_AS, "VmSize:", "ulimit -v"),
                                      resource_limit(root, RLIMIT_DATA, "VmData:", "ulimit -d"),
                                      control_group_limit(root)};
  return *std::min_element(
      limits.begin(), limits.end(),
      [](const HostLimit& a, const HostLimit& b) { return a.bytes < b.bytes; });
}

}  // namespace impasto
