// The loop allocates nothing after its first iteration. What the vendor libraries do inside their
// own calls is theirs: every other allocation is counted.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "support/backends.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"

namespace {

std::atomic<bool> counting{false};
std::atomic<long> allocations{0};

}  // namespace

#if !defined(__SANITIZE_ADDRESS__)  // which has its own operator new

namespace {

/// Whether the code at `address` belongs to a vendor library.
bool is_vendors(void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) {
    return false;
  }
  for (const char* vendor : {"libdnnl", "libopenblas", "libgomp"}) {
    if (std::strstr(info.dli_fname, vendor) != nullptr) {
      return true;
    }
  }
  return false;
}

void* counted_allocation(std::size_t size, void* caller) {
  if (counting && !is_vendors(caller)) {
    ++allocations;
  }
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return counted_allocation(size, __builtin_return_address(0));
}
void* operator new[](std::size_t size) {
  return counted_allocation(size, __builtin_return_address(0));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

#endif

namespace impasto {
namespace {

/// Counts from the second evaluation on.
struct Counter : TransferObserver {
  void on_evaluation(const TraceRow& row, std::int64_t planned) override {
    if (row.iteration == 2) {
      allocations = 0;
      counting = true;
    }
    if (row.iteration == planned) {
      counting = false;
    }
  }
};

class Allocation : public testing::TestWithParam<BackendUnderTest> {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "AddressSanitizer's operator new cannot be counted";
#endif
  }
};

TEST_P(Allocation, TheCounterSeesThisProjectsAllocations) {
  allocations = 0;
  counting = true;
  void* probe = ::operator new(100);  // a plain call, which the compiler may not leave out
  counting = false;
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
      counting = false;
      EXPECT_EQ(allocations, 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Allocation, testing::ValuesIn(backends_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

}  // namespace
}  // namespace impasto
