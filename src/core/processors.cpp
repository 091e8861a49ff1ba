#include "core/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>
#include <vector>

#include "core/control_groups.hpp"

namespace impasto {
namespace {

constexpr std::size_t kWordBits = 8 * sizeof(unsigned long);

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

bool lists(const std::string& text, const std::string& wanted) {
  const std::vector<std::string> words = words_between_commas(text);
  return std::ranges::find(words, wanted) != words.end();
}

/// Where a hierarchy of control groups is mounted, and which group the mount shows at its top.
struct Mount {
  std::string folder;
  std::string top;
};

/// Of the cgroup v2 hierarchy, or of the v1 hierarchy with the cpu controller; empty where there is
/// none. A line of mountinfo: ID PARENT DEVICE TOP FOLDER OPTIONS [MORE]... - TYPE SOURCE OPTIONS.
Mount find_mount(const std::string& root, bool version2) {
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) {
      continue;
    }
    std::string skip;
    Mount mount;
    std::istringstream(line) >> skip >> skip >> skip >> mount.top >> mount.folder;
    std::string type;
    std::string options;
    std::istringstream(line.substr(dash + 3)) >> type >> skip >> options;
    if (version2 ? type == "cgroup2" : type == "cgroup" && lists(options, "cpu")) {
      return mount;
    }
  }
  return {};
}

/// This process's group; empty where it has none.
std::string find_group(const std::string& root, bool version2) {
  for (const ControlGroup& group : control_groups(root)) {
    if (version2 ? group.is_version2() : group.has("cpu")) {
      return group.path;
    }
  }
  return {};
}

/// The numbers at the start of a file; "max" and what is missing count as unlimited.
double quota_of(const std::filesystem::path& folder, bool version2) {
  double quota = 0;
  double period = 0;
  if (version2) {
    std::ifstream(folder / "cpu.max") >> quota >> period;
  } else {
    std::ifstream(folder / "cpu.cfs_quota_us") >> quota;
    std::ifstream(folder / "cpu.cfs_period_us") >> period;
  }
  return quota > 0 && period > 0 ? quota / period : kUnlimited;
}

/// The smallest quota of the group and of those above it.
double smallest_quota(const std::string& root, bool version2) {
  const Mount mount = find_mount(root, version2);
  if (mount.folder.empty()) {
    return kUnlimited;
  }
  // In a container the mount's top may be the container's own group. A group outside of what the
  // mount shows cannot be read; its top then is as near as one gets.
  const std::filesystem::path below =
      std::filesystem::path(find_group(root, version2)).lexically_relative(mount.top);
  const std::filesystem::path top = root + mount.folder;
  double smallest = quota_of(top, version2);
  std::filesystem::path folder = top;
  for (const std::filesystem::path& name : below) {
    if (name == "..") {
      break;
    }
    folder /= name;
    smallest = std::min(smallest, quota_of(folder, version2));
  }
  return smallest;
}

}  // namespace

ProcessorMask ProcessorMask::of_this_thread() {
  // Masks of machines with many processors need more room.
  for (std::size_t room = 1024; room <= std::size_t{1} << 20U; room *= 4) {
    ProcessorMask mask;
    mask.words_.resize(room / kWordBits);
    if (mask.read()) {
      return mask;
    }
  }
  return {};
}

std::vector<int> ProcessorMask::processors() const {
  std::vector<int> numbers;
  for (std::size_t n = 0; n < words_.size() * kWordBits; ++n) {
    if ((words_[n / kWordBits] >> n % kWordBits & 1U) != 0) {
      numbers.push_back(static_cast<int>(n));
    }
  }
  return numbers;
}

ProcessorMask ProcessorMask::only(int processor) const {
  const auto n = static_cast<std::size_t>(processor);
  ProcessorMask mask;
  mask.words_.resize(words_.size());
  mask.words_.at(n / kWordBits) = 1UL << n % kWordBits;
  return mask;
}

bool ProcessorMask::read() {
  return sched_getaffinity(0, words_.size() * sizeof(words_[0]),
                           reinterpret_cast<cpu_set_t*>(words_.data())) == 0;
}

void ProcessorMask::apply() const {
  if (!words_.empty()) {
    sched_setaffinity(0, words_.size() * sizeof(words_[0]),
                      reinterpret_cast<const cpu_set_t*>(words_.data()));
  }
}

int processors_of_quota(const std::string& root) {
  const double quota = std::min(smallest_quota(root, true), smallest_quota(root, false));
  // More processors than any machine has are no limit, whatever the file says.
  constexpr double kMost = 1 << 20;
  return quota < kMost ? std::max(1, static_cast<int>(std::ceil(quota))) : 0;
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(':');
    const bool names = line.starts_with("model name") || line.starts_with("CPU part");
    if (names && colon != std::string::npos) {
      return line.substr(std::min(colon + 2, line.size()));
    }
  }
  return "unknown";
}

int available_processors() {
  const std::vector<int> processors = ProcessorMask::of_this_thread().processors();
  const int mask = processors.empty()
                       ? std::max(1, static_cast<int>(std::thread::hardware_concurrency()))
                       : static_cast<int>(processors.size());
  const int quota = processors_of_quota();
  return quota > 0 ? std::min(mask, quota) : mask;
}

}  // namespace impasto
