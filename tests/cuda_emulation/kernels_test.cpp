// Kernels on the emulated device: what they compute, and that wrong ones are noticed.
#include <cuda_bf16.h>

#include <cmath>
#include <numeric>

#include "cuda_emulation/fixture.hpp"
#include "cuda_emulation/test_kernels.hpp"

namespace cuda_emulation_test {
namespace {

using Kernels = EmulatedDevice;
using KernelsDeathTest = EmulatedDevice;

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

TEST_F(Kernels, EveryThreadOfEveryBlockRuns) {
  const DeviceArray<float> x(counting(1000));
  const DeviceArray<float> y(std::vector<float>(1000, 0.5F));
  axpy(1000, 2.0F, x.data(), y.data(), nullptr);
  const std::vector<float> result = y.values();
  for (std::size_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(result[i], 2.0F * static_cast<float>(i + 1) + 0.5F) << i;
  }
}

TEST_F(Kernels, ShufflesAndABarrierSumBfloat16) {
  std::vector<__nv_bfloat16> values;
  std::vector<float> expected(7, 0.0F);
  for (std::size_t i = 0; i < 7 * 256; ++i) {
    values.push_back(__float2bfloat16(static_cast<float>(i % 11) - 3.0F));
    expected[i / 256] += static_cast<float>(i % 11) - 3.0F;  // whole numbers: exact in any order
  }
  const DeviceArray<__nv_bfloat16> x(values);
  const DeviceArray<float> sums(7);
  block_sums(7, x.data(), sums.data(), true, nullptr);
  EXPECT_EQ(sums.values(), expected);
}

TEST_F(Kernels, TwoDimensionalBlocksSeeTheirIndices) {
  const DeviceArray<int> y(6 * 8);
  indices_2d(dim3(2, 3), dim3(4, 2), y.data(), nullptr);
  const std::vector<int> result = y.values();
  for (std::size_t row = 0; row < 6; ++row) {
    for (std::size_t column = 0; column < 8; ++column) {
      EXPECT_EQ(result[row * 8 + column], static_cast<int>(row * 1000 + column));
    }
  }
}

TEST_F(Kernels, AtomicsCountThreadsAndFindTheLastBlock) {
  const DeviceArray<unsigned> counts(std::vector<unsigned>(3, 0));
  for (int launches = 1; launches <= 2; ++launches) {
    count_threads(5, 48, counts.data(), nullptr);
    const std::vector<unsigned> result = counts.values();
    EXPECT_EQ(result[0], 240U * static_cast<unsigned>(launches));
    EXPECT_EQ(result[1], static_cast<unsigned>(launches));
    EXPECT_EQ(result[2], 0U);  // atomicInc wraps: ready for the next launch
  }
}

TEST_F(Kernels, WarpFunctionsExchangeLanes) {
  const DeviceArray<int> y(128);
  warp_functions(y.data(), nullptr);
  const std::vector<int> result = y.values();
  for (std::size_t lane = 0; lane < 32; ++lane) {
    const int section = static_cast<int>(lane / 8);
    EXPECT_EQ(result[lane], section * 64 + 28 + (lane >= 16 ? 1 : 0));
    EXPECT_EQ(static_cast<unsigned>(result[32 + lane]), 0xAAAAAAAAU);
    EXPECT_EQ(result[64 + lane], 50);
    EXPECT_EQ(result[96 + lane], static_cast<int>(lane < 3 ? lane : lane - 3));
  }
}

TEST_F(Kernels, BarriersCountPredicates) {
  const DeviceArray<int> y(50);
  barrier_counts(y.data(), nullptr);
  EXPECT_EQ(y.values(), std::vector<int>(50, 171));
}

TEST_F(Kernels, BothThreadOrdersGiveTheSameWithBarriers) {
  const DeviceArray<float> x(counting(192));
  for (const auto order :
       {cuda_emulation::ThreadOrder::kForward, cuda_emulation::ThreadOrder::kBackward}) {
    cuda_emulation::set_thread_order(order);
    const DeviceArray<float> y(192);
    mirror(3, x.data(), y.data(), true, nullptr);
    EXPECT_EQ(y.values()[0], 64.0F);
    EXPECT_EQ(y.values()[191], 129.0F);
    const DeviceArray<float> z(64);
    broadcast(x.data(), z.data(), true, nullptr);
    EXPECT_EQ(z.values(), std::vector<float>(64, 1.0F));
  }
}

// A missing barrier gives wrong numbers in some orders of threads; the mixed default soon comes to
// one of them.
TEST_F(Kernels, MissingBarrierGivesWrongNumbersWithinAFewLaunches) {
  const auto wrong_launches = [](const auto& is_right) {
    int wrong = 0;
    for (int launches = 0; launches < 8; ++launches) {
      wrong += is_right(static_cast<float>(launches + 1)) ? 0 : 1;
    }
    return wrong;
  };
  for (const bool with_barrier : {true, false}) {
    const int broadcasts = wrong_launches([&](float value) {
      const DeviceArray<float> x(std::vector<float>(64, value));
      const DeviceArray<float> y(64);
      broadcast(x.data(), y.data(), with_barrier, nullptr);
      return y.values() == std::vector<float>(64, value);
    });
    // Of a reduction's warps one reads what the others leave in shared memory.
    const int reductions = wrong_launches([&](float value) {
      const DeviceArray<__nv_bfloat16> x(std::vector<__nv_bfloat16>(256, __float2bfloat16(value)));
      const DeviceArray<float> sum(1);
      block_sums(1, x.data(), sum.data(), with_barrier, nullptr);
      return sum.values()[0] == 256 * value;
    });
    const int mirrors = wrong_launches([&](float value) {
      const DeviceArray<float> x(std::vector<float>(64, value));
      const DeviceArray<float> y(64);
      mirror(1, x.data(), y.data(), with_barrier, nullptr);
      return y.values() == std::vector<float>(64, value);
    });
    for (const int wrong : {broadcasts, reductions, mirrors}) {
      if (with_barrier) {
        EXPECT_EQ(wrong, 0);
      } else {
        EXPECT_GE(wrong, 2);
      }
    }
  }
}

struct WrongCase {
  const char* name;
  Wrong wrong;
  const char* message;
};

// For GoogleTest's messages.
void PrintTo(const WrongCase& wrong,
             std::ostream* stream) {  // NOLINT(readability-identifier-naming)
  *stream << wrong.name;
}

class WrongKernels : public EmulatedDevice, public ::testing::WithParamInterface<WrongCase> {};

TEST_P(WrongKernels, FailTheLaunchForGood) {
  const DeviceArray<float> y(64);
  run_wrong(GetParam().wrong, y.data(), nullptr);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);  // the launch itself is in order
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorLaunchFailure);
  EXPECT_NE(cuda_emulation::last_failure().find(GetParam().message), std::string::npos)
      << cuda_emulation::last_failure();
  // Sticky: nothing works any more, whatever is read of the error.
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 16), cudaErrorLaunchFailure);
  cuda_emulation::reset();
  EXPECT_EQ(cudaMalloc(&memory, 16), cudaSuccess);
}

INSTANTIATE_TEST_SUITE_P(
    , WrongKernels,
    ::testing::Values(
        WrongCase{"BarrierInBranch", Wrong::kBarrierInBranch, "32 of 64 threads have finished"},
        WrongCase{"TwoBarriers", Wrong::kTwoBarriers, "others of its block wait at __syncthreads"},
        WrongCase{"LaneOutsideMask", Wrong::kLaneOutsideMask, "is not in the mask"},
        WrongCase{"MaskedLaneElsewhere", Wrong::kMaskedLaneElsewhere, "hangs: thread 0 waits at"},
        WrongCase{"ReadsLaneWithoutPart", Wrong::kReadsLaneWithoutPart, "which takes no part"},
        WrongCase{"Throws", Wrong::kThrows, "an exception in a kernel"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(Kernels, WrongLaunchConfigurationIsTheLaunchsOwnError) {
  launch_badly(0, 32, nullptr);
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  launch_badly(1, 1025, nullptr);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
}

TEST_F(Kernels, HostPointerAsArgumentIsAnIllegalAddress) {
  const DeviceArray<float> y(16);
  std::vector<float> host(16);
  axpy(16, 1.0F, host.data(), y.data(), nullptr);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
}

TEST_F(Kernels, FreedMemoryAsArgumentIsAnIllegalAddress) {
  const DeviceArray<float> y(16);
  float* freed = nullptr;
  {
    const DeviceArray<float> x(16);
    freed = x.data();
  }
  axpy(16, 1.0F, freed, y.data(), nullptr);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
}

TEST_F(Kernels, FreshMemoryIsNan) {
  const DeviceArray<float> x(4);
  for (const float value : x.values()) {
    EXPECT_TRUE(std::isnan(value));
  }
}

TEST_F(Kernels, AlignedVectorsAreCopied) {
  const DeviceArray<float> x(counting(64));
  const DeviceArray<float> y(64);
  copy_vectors(64, x.data(), y.data(), nullptr);
  EXPECT_EQ(y.values(), counting(64));
}

// ---- what the sanitizers see

#define SKIP_WITHOUT_SANITIZER()                                    \
  if (!kAddressSanitizer) {                                         \
    GTEST_SKIP() << "needs AddressSanitizer (the sanitize preset)"; \
  }

TEST_F(KernelsDeathTest, WritingBeyondDeviceMemoryIsCaught) {
  SKIP_WITHOUT_SANITIZER();
  const DeviceArray<float> x(64);
  const DeviceArray<float> y(63);
  EXPECT_DEATH(
      {
        axpy(64, 1.0F, x.data(), y.data(), nullptr);
        cudaDeviceSynchronize();
      },
      "AddressSanitizer");
}

TEST_F(KernelsDeathTest, ReadingBeyondSharedMemoryIsCaught) {
  SKIP_WITHOUT_SANITIZER();
  const DeviceArray<float> y(32);
  out_of_shared_bounds(31, y.data(), nullptr);
  EXPECT_EQ(y.values()[0], 1.0F);
  EXPECT_DEATH(
      {
        out_of_shared_bounds(32, y.data(), nullptr);
        cudaDeviceSynchronize();
      },
      "out of bounds|AddressSanitizer");
}

TEST_F(KernelsDeathTest, MisalignedVectorIsCaught) {
  SKIP_WITHOUT_SANITIZER();
  const DeviceArray<float> x(64);
  const DeviceArray<float> y(64);
  EXPECT_DEATH(
      {
        copy_vectors(60, x.data() + 1, y.data(), nullptr);
        cudaDeviceSynchronize();
      },
      "misaligned address");
}

TEST_F(KernelsDeathTest, HostTouchingDeviceMemoryIsCaught) {
  SKIP_WITHOUT_SANITIZER();
  const DeviceArray<float> x(counting(4));
  volatile const float* pointer = x.data();
  EXPECT_DEATH({ [[maybe_unused]] const float value = pointer[1]; }, "use-after-poison");
}

}  // namespace
}  // namespace cuda_emulation_test
