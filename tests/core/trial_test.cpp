// What crashes is found out in a child process.
#include "core/trial.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

#include "support/shortage.hpp"

namespace impasto {
namespace {

/// In a process of its own: trials stay allowed.
bool survives_where_allowed(const std::function<void()>& action) {
  const int result = in_child([&] {
    allow_trials();
    return survives(action) ? 1 : 0;
  });
  EXPECT_TRUE(result == 0 || result == 1) << result;
  return result == 1;
}

TEST(Trial, TellsACrashFromWhatIsNone) {
  EXPECT_TRUE(survives_where_allowed([] {}));
  EXPECT_TRUE(survives_where_allowed([] { throw std::runtime_error("no crash"); }));
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE}) {
    EXPECT_FALSE(survives_where_allowed([signal] {
      std::signal(signal, SIG_DFL);
      raise(signal);
    })) << signal;
  }
  EXPECT_FALSE(survives_where_allowed([] { _exit(1); })) << "as a sanitizer ends a process";
  EXPECT_TRUE(survives_where_allowed([] { raise(SIGKILL); })) << "that is not its own fault";
}

TEST(Trial, IsDoneOnlyWhereItIsAllowed) {
  EXPECT_TRUE(survives([] { FAIL() << "nothing is run"; }));
}

}  // namespace
}  // namespace impasto
