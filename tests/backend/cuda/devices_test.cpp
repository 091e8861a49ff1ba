// What is said of the GPUs that there are, and which precisions each can compute in. The real cuDNN
// has not one engine for bfloat16 on compute capability 7.5 (tests/cudnn_plans).
#include <gmock/gmock.h>

#include "backend/cuda/cuda_fixture.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

using testing::HasSubstr;

using CudaDevicesTest = EmulatedCuda;

TEST_F(CudaDevicesTest, WithoutTf32AndBfloat16ComputeInFp32Only) {
  cuda_emulation::set_compute_capability(7, 5);
  const CudaDevices found = cuda::find_devices();
  ASSERT_EQ(found.fp32_only, std::vector<bool>{true});
  EXPECT_EQ(found.reason, "");
  EXPECT_THAT(found.lines.at(0), HasSubstr("compute capability 7.5, fp32 only"));
  EXPECT_NE(make(Precision::kFp32), nullptr);
  for (const auto& [precision, name] : {std::pair{Precision::kTf32, "tf32"},
                                        {Precision::kBf16, "bf16"},
                                        {Precision::kFp16, "fp16"}}) {
    try {
      make(precision);
      ADD_FAILURE() << name << " was accepted";
    } catch (const DeviceError& error) {
      EXPECT_THAT(error.what(), HasSubstr(name));
      EXPECT_THAT(error.what(), HasSubstr("7.5 has neither TF32 nor bfloat16"));
      EXPECT_THAT(error.what(), HasSubstr("--precision fp32"));
    }
  }
}

TEST_F(CudaDevicesTest, FromComputeCapability8OnComputeInEveryPrecision) {
  cuda_emulation::set_compute_capability(8, 0);
  const CudaDevices found = cuda::find_devices();
  EXPECT_EQ(found.fp32_only, std::vector<bool>{false});
  EXPECT_THAT(found.lines.at(0), testing::Not(HasSubstr("fp32 only")));
  for (const Precision precision :
       {Precision::kFp32, Precision::kTf32, Precision::kBf16, Precision::kFp16}) {
    EXPECT_NE(make(precision), nullptr);
  }
}

TEST_F(CudaDevicesTest, OlderThan75AreNotUsed) {
  cuda_emulation::set_compute_capability(7, 0);
  const CudaDevices found = cuda::find_devices();
  EXPECT_EQ(found.names, std::vector<std::string>{""});
  EXPECT_EQ(found.reason, "no GPU here is new enough");
}

}  // namespace
}  // namespace impasto
