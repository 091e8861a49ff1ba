// What a process may have, read from made-up systems.
#include "backend/host_limits.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace impasto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMega = std::size_t{1} << 20U;

class HostLimits : public testing::Test {
 protected:
  HostLimits() {
    write("/proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable:    4194304 kB\n");  // 4096 MiB
    write("/proc/self/status", "Name:\timpasto\nVmSize:\t  102400 kB\nVmData:\t   51200 kB\n");
  }
  ~HostLimits() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  [[nodiscard]] std::size_t megabytes() const { return host_limit(root_).bytes / kMega; }

  std::string root_ =
      (fs::temp_directory_path() / ("impasto-limits-" + std::to_string(getpid()))).string();
};

TEST_F(HostLimits, AreWhatTheMachineHasAvailable) {
  EXPECT_EQ(megabytes(), 4096U);
  EXPECT_FALSE(host_limit(root_).is_hard());
}

TEST_F(HostLimits, TheMachineHasItsMemoryAndItsSwap) {
  EXPECT_EQ(machine_memory(root_), 8192 * kMega) << "without a line on swap";
  write("/proc/meminfo", "MemTotal: 8388608 kB\nSwapTotal: 1048576 kB\nSwapFree: 5 kB\n");
  EXPECT_EQ(machine_memory(root_), 9216 * kMega);
  write("/proc/meminfo", "");
  EXPECT_GT(machine_memory(root_), std::size_t{1} << 60U) << "nothing is known of it";
}

TEST_F(HostLimits, OfVersion2AreTheLeastOfTheGroupAndThoseAboveIt) {
  write("/proc/self/cgroup", "0::/user.slice/app.scope\n");
  const std::string group = "/sys/fs/cgroup/user.slice/app.scope/";
  write(group + "memory.max", "max\n");
  EXPECT_EQ(megabytes(), 4096U) << "max is no limit";
  write(group + "memory.max", std::to_string(1000 * kMega));
  write(group + "memory.current", std::to_string(300 * kMega));
  write(group + "memory.stat", "anon 5\ninactive_file " + std::to_string(100 * kMega) + "\n");
  EXPECT_EQ(megabytes(), 800U) << "cached files are given back";
  EXPECT_TRUE(host_limit(root_).is_hard());
  EXPECT_NE(host_limit(root_).set_by.find("app.scope/memory.max"), std::string::npos);
  write("/sys/fs/cgroup/user.slice/memory.max", std::to_string(700 * kMega));
  write("/sys/fs/cgroup/user.slice/memory.current", std::to_string(600 * kMega));
  EXPECT_EQ(megabytes(), 100U);
}

TEST_F(HostLimits, OfVersion1AreTheMemoryControllers) {
  write("/proc/self/cgroup", "12:pids:/docker/1f\n9:memory:/docker/1f\n0::/system.slice\n");
  write("/sys/fs/cgroup/memory/docker/1f/memory.limit_in_bytes", std::to_string(512 * kMega));
  write("/sys/fs/cgroup/memory/docker/1f/memory.usage_in_bytes", std::to_string(112 * kMega));
  write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_EQ(megabytes(), 400U);
}

TEST_F(HostLimits, InAContainerAreThoseOfTheMount) {
  // The group's path is the host's; inside, its folder is what is mounted.
  write("/proc/self/cgroup", "9:memory:/docker/1f\n");
  write("/sys/fs/cgroup/memory/memory.limit_in_bytes", std::to_string(256 * kMega));
  write("/sys/fs/cgroup/memory/memory.usage_in_bytes", std::to_string(56 * kMega));
  EXPECT_EQ(megabytes(), 200U);
}

TEST_F(HostLimits, CountAGroupThatIsOverItsLimitAsNothingLeft) {
  write("/proc/self/cgroup", "0::/\n");
  write("/sys/fs/cgroup/memory.max", "1000");
  write("/sys/fs/cgroup/memory.current", "2000");
  EXPECT_EQ(host_limit(root_).bytes, 0U);
}

TEST_F(HostLimits, AreNoMoreThanUlimitLeaves) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer needs terabytes of addresses";
#endif
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit limit = before;
  limit.rlim_cur = 3000 * kMega;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  const HostLimit seen = host_limit(root_);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(seen.bytes / kMega, 2900U) << "VmSize is 100 MiB";
  EXPECT_EQ(seen.set_by, "ulimit -v");
}

}  // namespace
}  // namespace impasto
