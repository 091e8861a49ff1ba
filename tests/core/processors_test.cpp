// Default number of threads: what the affinity mask and a container's CPU quota allow.
#include "core/processors.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>

namespace impasto {
namespace {

namespace fs = std::filesystem;

/// A system's files below a folder of its own.
class Processors : public testing::Test {
 protected:
  Processors() { fs::create_directories(root_); }
  ~Processors() override { fs::remove_all(root_); }
  Processors(const Processors&) = delete;
  Processors& operator=(const Processors&) = delete;
  Processors(Processors&&) = delete;
  Processors& operator=(Processors&&) = delete;

  void put(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  /// cgroup v2, mounted as systemd does, this process in `group`; a container's mount shows `top`.
  void put_version2(const std::string& group, const std::string& top = "/") const {
    put("/proc/self/cgroup", "0::" + group + "\n");
    put("/proc/self/mountinfo",
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "31 22 0:27 " +
            top + " /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
  }
  void put_version1(const std::string& group, const std::string& top = "/") const {
    put("/proc/self/cgroup", "5:memory:/elsewhere\n3:cpu,cpuacct:" + group + "\n1:cpuset:/x\n");
    put("/proc/self/mountinfo",
        "30 22 0:26 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
        "31 22 0:27 " +
            top + " /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  }

  std::string root_ = testing::TempDir() + "impasto_processors_" +
                      testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(Processors, QuotaOfTheOwnGroupRoundedUp) {
  put_version2("/user.slice/run");
  const std::pair<const char*, int> cases[] = {{"200000 100000\n", 2}, {"150000 100000\n", 2},
                                               {"50000 100000\n", 1},  {"1000 100000\n", 1},
                                               {"max 100000\n", 0},    {"", 0},
                                               {"nonsense", 0},        {"-1 100000", 0},
                                               {"100000 0", 0},        {"9e300 1", 0}};
  for (const auto& [text, processors] : cases) {
    put("/sys/fs/cgroup/user.slice/run/cpu.max", text);
    EXPECT_EQ(processors_of_quota(root_), processors) << text;
  }
}

TEST_F(Processors, QuotaOfAGroupAboveCounts) {
  put_version2("/a/b/c");
  put("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
  put("/sys/fs/cgroup/a/b/cpu.max", "800000 100000\n");
  put("/sys/fs/cgroup/a/cpu.max", "300000 100000\n");
  EXPECT_EQ(processors_of_quota(root_), 3);
}

TEST_F(Processors, QuotaInAContainerWithANamespaceOfItsOwn) {
  put_version2("/");
  put("/sys/fs/cgroup/cpu.max", "400000 100000\n");
  EXPECT_EQ(processors_of_quota(root_), 4);
}

TEST_F(Processors, QuotaInAContainerWhoseMountShowsItsOwnGroup) {
  put_version2("/docker/0a1b", "/docker/0a1b");
  put("/sys/fs/cgroup/cpu.max", "250000 100000\n");
  EXPECT_EQ(processors_of_quota(root_), 3);
}

TEST_F(Processors, QuotaWhereTheOwnGroupIsOutsideTheMount) {
  put_version2("/../../elsewhere", "/docker/0a1b");
  put("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(processors_of_quota(root_), 2);
}

TEST_F(Processors, QuotaOfTheFirstVersion) {
  put_version1("/docker/0a1b", "/docker/0a1b");
  put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  const std::pair<const char*, int> cases[] = {{"-1\n", 0}, {"150000\n", 2}, {"300000\n", 3}};
  for (const auto& [text, processors] : cases) {
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", text);
    EXPECT_EQ(processors_of_quota(root_), processors) << text;
  }
}

TEST_F(Processors, QuotaOfTheFirstVersionOfAGroupBelowTheTop) {
  put_version1("/batch/job");
  put("/sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_quota_us", "-1\n");
  put("/sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_period_us", "100000\n");
  put("/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "50000\n");
  put("/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(processors_of_quota(root_), 1);
}

TEST_F(Processors, NoQuotaWhereNothingCanBeRead) {
  EXPECT_EQ(processors_of_quota(root_), 0);
  put("/proc/self/cgroup", "garbage\n\n::\n");
  put("/proc/self/mountinfo", "garbage - \n - cgroup2\n");
  EXPECT_EQ(processors_of_quota(root_), 0);
}

TEST_F(Processors, TheAffinityMaskIsALimit) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_LE(available_processors(), CPU_COUNT(&before));
  int first = 0;
  while (!CPU_ISSET(first, &before)) {
    ++first;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(available_processors(), 1);
  sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace impasto
