// The loop allocates nothing after its first iteration. What the vendor libraries do inside their
// own calls is theirs: every other allocation is counted.
#include <gtest/gtest.h>

#include <new>

#include "support/allocations.hpp"
#include "support/backends.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

/// Counts from the second evaluation on.
struct Counter : TransferObserver {
  void on_evaluation(const TraceRow& row, std::int64_t planned) override {
    if (row.iteration == 2) {
      start_counting_allocations();
    }
    if (row.iteration == planned) {
      allocations = stop_counting_allocations();
    }
  }
  long allocations = -1;
};

class Allocation : public testing::TestWithParam<BackendUnderTest> {
 protected:
  void SetUp() override {
    if (!can_watch_allocations()) {
      GTEST_SKIP() << "AddressSanitizer's operator new cannot be counted";
    }
  }
};

TEST_P(Allocation, TheCounterSeesThisProjectsAllocations) {
  start_counting_allocations();
  void* probe = ::operator new(100);  // a plain call, which the compiler may not leave out
  const long allocations = stop_counting_allocations();
  ::operator delete(probe);
  EXPECT_GE(allocations, 1) << "a counter that counts nothing proves nothing";
}

TEST_P(Allocation, TheLoopAllocatesNothingAfterItsFirstIteration) {
  const std::unique_ptr<Backend> backend = GetParam().make();
  if (backend->runs_ahead()) {
    GTEST_SKIP() << "this backend promises it of device memory: see tests/backend/cuda";
  }
  for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    for (const Padding padding : {Padding::kZero, Padding::kReflect}) {
      TransferOptions options = every_loss_options(optimizer, 12);
      options.padding = padding;
      Counter counter;
      transfer_on(*backend, test_picture(24, 20, 1), {test_picture(20, 24, 2)},
                  small_network({{4, 4}, {6, 6}}, 1), options, counter);
      EXPECT_EQ(counter.allocations, 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Allocation, testing::ValuesIn(backends_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

}  // namespace
}  // namespace impasto
