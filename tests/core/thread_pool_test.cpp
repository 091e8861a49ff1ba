// Loops shared by threads: every index once, whatever the number of threads and whatever goes
// wrong.
#include "core/thread_pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/processors.hpp"
#include "support/allocations.hpp"

namespace impasto {
namespace {

using namespace std::chrono_literals;

class ThreadPoolOf : public testing::TestWithParam<int> {};

TEST_P(ThreadPoolOf, CallsEveryIndexOnce) {
  ThreadPool pool(GetParam());
  for (const std::int64_t count : {0, 1, 2, 3, 7, 1000}) {
    for (int repeat = 0; repeat < 50; ++repeat) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
      pool.for_each(count, [&](std::int64_t n, int thread) {
        ++calls[static_cast<std::size_t>(n)];
        EXPECT_GE(thread, 0);
        EXPECT_LT(thread, pool.threads());
      });
      for (const std::atomic<int>& times : calls) {
        ASSERT_EQ(times, 1);
      }
    }
  }
}

// Beside another program the system may leave two threads on one processor for as long as they run:
// the busy program then has nine tenths of a processor, and the loop no more than one.
TEST(ThreadPool, KeepsEveryThreadOnItsOwnProcessorDuringALoopAndFreesTheCallerAfterwards) {
  const std::vector<int> allowed = ProcessorMask::of_this_thread().processors();
  if (allowed.size() < 2) {
    GTEST_SKIP() << "there is one processor here";
  }
  ThreadPool pool(static_cast<int>(allowed.size()));
  std::vector<std::set<std::vector<int>>> seen(allowed.size());
  for (int repeat = 0; repeat < 20; ++repeat) {
    pool.for_each(200, [&](std::int64_t, int thread) {
      seen[static_cast<std::size_t>(thread)].insert(ProcessorMask::of_this_thread().processors());
      std::this_thread::sleep_for(20us);
    });
    EXPECT_EQ(ProcessorMask::of_this_thread().processors(), allowed);
  }
  for (std::size_t thread = 0; thread < seen.size(); ++thread) {
    const std::set<std::vector<int>> own = {{allowed[thread]}};
    EXPECT_TRUE(seen[thread].empty() || seen[thread] == own) << "thread " << thread;
  }
  EXPECT_FALSE(seen[0].empty());
}

TEST(ThreadPool, LeavesThreadsFreeWhenTheyAreNotAsManyAsTheProcessors) {
  const std::vector<int> allowed = ProcessorMask::of_this_thread().processors();
  ThreadPool pool(static_cast<int>(allowed.size()) + 1);
  pool.for_each(100, [&](std::int64_t, int) {
    EXPECT_EQ(ProcessorMask::of_this_thread().processors(), allowed);
  });
}

TEST_P(ThreadPoolOf, GivesNoTwoCallsOneThreadAtATime) {
  ThreadPool pool(GetParam());
  std::vector<std::atomic<int>> inside(static_cast<std::size_t>(pool.threads()));
  std::atomic<bool> shared{false};
  pool.for_each(2000, [&](std::int64_t /*n*/, int thread) {
    std::atomic<int>& here = inside[static_cast<std::size_t>(thread)];
    if (++here > 1) {
      shared = true;
    }
    std::this_thread::yield();
    --here;
  });
  EXPECT_FALSE(shared);
}

TEST_P(ThreadPoolOf, ShowsTheCallerWhatTheCallsWrote) {
  ThreadPool pool(GetParam());
  std::vector<std::int64_t> values(5000);
  for (int repeat = 1; repeat <= 20; ++repeat) {
    pool.for_each(5000, [&](std::int64_t n, int) { values[static_cast<std::size_t>(n)] += n; });
    for (std::int64_t n = 0; n < 5000; ++n) {
      ASSERT_EQ(values[static_cast<std::size_t>(n)], repeat * n);
    }
  }
}

TEST_P(ThreadPoolOf, ThrowsWhatACallThrewAndGoesOn) {
  ThreadPool pool(GetParam());
  for (const std::int64_t bad : {0, 1, 499}) {
    const auto body = [&](std::int64_t n, int) {
      if (n == bad) {
        throw std::runtime_error("index " + std::to_string(n));
      }
    };
    try {
      pool.for_each(500, body);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), "index " + std::to_string(bad));
    }
    std::atomic<int> calls{0};
    pool.for_each(100, [&](std::int64_t, int) { ++calls; });
    EXPECT_EQ(calls, 100);
  }
  EXPECT_THROW(pool.for_each(64, [](std::int64_t, int) { throw std::logic_error("all"); }),
               std::logic_error);
}

TEST_P(ThreadPoolOf, RunsALoopWithinALoop) {
  ThreadPool pool(GetParam());
  std::atomic<int> calls{0};
  pool.for_each(20, [&](std::int64_t, int) {
    pool.for_each(30, [&](std::int64_t, int thread) {
      EXPECT_EQ(thread, 0);
      ++calls;
    });
  });
  EXPECT_EQ(calls, 600);
}

TEST_P(ThreadPoolOf, RunsLoopsOfTwoThreadsSideBySide) {
  ThreadPool pool(GetParam());
  std::atomic<int> calls{0};
  const auto loops = [&] {
    for (int repeat = 0; repeat < 200; ++repeat) {
      pool.for_each(10, [&](std::int64_t, int) { ++calls; });
    }
  };
  std::thread other(loops);
  loops();
  other.join();
  EXPECT_EQ(calls, 4000);
}

TEST_P(ThreadPoolOf, EndsWhetherItWorkedOrNotAwakeOrAsleep) {
  for (const auto pause : {0us, 10us, 100us, 2000us}) {
    const auto pool = std::make_unique<ThreadPool>(GetParam());
    std::this_thread::sleep_for(pause);
    if (pause != 0us) {
      pool->for_each(3, [](std::int64_t, int) {});
      std::this_thread::sleep_for(pause);
    }
  }
}

// A worker that wakes for a loop when that is over finds the pool's end posted already.
TEST(ThreadPool, EndsRightAfterALoopThatAWorkerCameTooLateFor) {
  for (int n = 0; n < 40000; ++n) {
    ThreadPool pool(2 + n % 3);
    pool.for_each(2, [](std::int64_t, int) {});
  }
}

TEST_P(ThreadPoolOf, LeavesAForkedChildAbleToWork) {
  ThreadPool pool(GetParam());
  pool.for_each(10, [](std::int64_t, int) {});
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20);
    int sum = 0;  // the pool's threads stayed with the parent
    pool.for_each(10, [&](std::int64_t n, int) { sum += static_cast<int>(n); });
    _exit(sum);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 45);
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolOf, testing::Values(1, 2, 3, 5, 16));

TEST(ThreadPool, HoldsUpNobodyForAThreadThatIsLate) {
  ThreadPool pool(2);
  std::atomic<int> calls{0};
  // Whoever takes the first index is held up until all others are done, which one thread can do.
  pool.for_each(100, [&](std::int64_t n, int) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (n == 0 && calls < 99 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    if (n == 0) {
      EXPECT_EQ(calls, 99);
    }
    ++calls;
  });
  EXPECT_EQ(calls, 100);
}

TEST(ThreadPool, SharesTheWork) {
  ThreadPool pool(3);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  pool.for_each(3, [&](std::int64_t, int) {
    const auto all_here = [&] {
      const std::scoped_lock lock(mutex);
      seen.insert(std::this_thread::get_id());
      return seen.size() == 3;
    };
    while (!all_here() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
  });
  EXPECT_EQ(seen.size(), 3U);
}

TEST(ThreadPool, SleepsWhenThereIsNothingToDo) {
  ThreadPool pool(8);
  pool.for_each(100, [](std::int64_t, int) {});
  std::this_thread::sleep_for(20ms);
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(300ms);
  const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(seconds, 0.05) << "processor time of all threads in 0.3 s of rest";
}

TEST(ThreadPool, DoesWithFewerThreadsWhereTheSystemRefusesMore) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20);
    const rlimit none{0, 0};
    if ((geteuid() == 0 && setreuid(65534, 65534) != 0) || setrlimit(RLIMIT_NPROC, &none) != 0) {
      _exit(77);
    }
    ThreadPool pool(4);
    int calls = 0;
    pool.for_each(10, [&](std::int64_t, int) { ++calls; });
    _exit(pool.threads() * 10 + calls);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 20) << "one thread, ten calls";
}

TEST(ThreadPool, DoesWithFewerThreadsWhereThereIsNoMemoryForMore) {
  if (!can_watch_allocations()) {
    GTEST_SKIP() << "AddressSanitizer's operator new cannot be made to fail";
  }
  int made_with_fewer = 0;
  for (long nth = 1;; ++nth) {
    bool came = false;
    try {
      const RefusedAllocation refused(nth);
      ThreadPool pool(4);
      came = RefusedAllocation::came();
      made_with_fewer += pool.threads() < 4 ? 1 : 0;
      std::atomic<int> calls{0};
      pool.for_each(10, [&](std::int64_t, int) { ++calls; });
      EXPECT_EQ(calls, 10);
    } catch (const std::bad_alloc&) {
      came = true;  // before there was any thread
    }
    if (!came) {
      break;
    }
  }
  EXPECT_EQ(made_with_fewer, 3) << "one for each thread that a pool of four starts";
}

TEST(ThreadPool, TakesAnyNumberBelowTwoAsTheCallerAlone) {
  EXPECT_EQ(ThreadPool(1).threads(), 1);
  EXPECT_EQ(ThreadPool(0).threads(), 1);
  EXPECT_EQ(ThreadPool(-3).threads(), 1);
}

}  // namespace
}  // namespace impasto
