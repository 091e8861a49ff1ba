// The emulated cuBLAS against plain loops, and its refusals.
#include <cublas_v2.h>
#include <cuda_bf16.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "cuda_emulation/fixture.hpp"
#include "cuda_emulation/numbers.hpp"

namespace cuda_emulation_test {
namespace {

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) {
    value = normal(engine);
  }
  return values;
}

class Cublas : public EmulatedDevice {
 protected:
  void SetUp() override { ASSERT_EQ(cublasCreate(&handle_), CUBLAS_STATUS_SUCCESS); }
  void TearDown() override { EXPECT_EQ(cublasDestroy(handle_), CUBLAS_STATUS_SUCCESS); }
  cublasHandle_t handle_ = nullptr;
};

/// C = op(A) op(B) in double, column-major.
std::vector<double> product(bool transpose_a, bool transpose_b, int m, int n, int k,
                            const std::vector<float>& a, int leading_a, const std::vector<float>& b,
                            int leading_b) {
  const auto at = [](const std::vector<float>& matrix, int leading, int row, int column) {
    return static_cast<double>(matrix[static_cast<std::size_t>(column * leading + row)]);
  };
  std::vector<double> c(static_cast<std::size_t>(m * n));
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int l = 0; l < k; ++l) {
        sum += (transpose_a ? at(a, leading_a, l, i) : at(a, leading_a, i, l)) *
               (transpose_b ? at(b, leading_b, j, l) : at(b, leading_b, l, j));
      }
      c[static_cast<std::size_t>(j * m + i)] = sum;
    }
  }
  return c;
}

TEST_F(Cublas, SgemmTakesEveryTransposeAndLeadingDimension) {
  constexpr int kM = 5, kN = 7, kK = 6, kLeading = 9;
  const std::vector<float> a = random_values(kLeading * 9, 1);
  const std::vector<float> b = random_values(kLeading * 9, 2);
  const DeviceArray<float> device_a(a);
  const DeviceArray<float> device_b(b);
  const float alpha = 0.5F;
  const float beta = 2.0F;
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      const std::vector<float> c = random_values(kM * kN, 3);
      const DeviceArray<float> device_c(c);
      ASSERT_EQ(
          cublasSgemm(handle_, transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
                      transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, kM, kN, kK, &alpha, device_a.data(),
                      kLeading, device_b.data(), kLeading, &beta, device_c.data(), kM),
          CUBLAS_STATUS_SUCCESS);
      const auto expected = product(transpose_a, transpose_b, kM, kN, kK, a, kLeading, b, kLeading);
      const auto result = device_c.values();
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(result[i], 0.5 * expected[i] + 2.0 * static_cast<double>(c[i]), 1e-5);
      }
    }
  }
}

/// One bf16 product with sums and result in float; `compute` as asked.
TEST_F(Cublas, GemmExRoundsInputsAndAccumulatesInFloat) {
  constexpr int kSize = 8;
  std::vector<__nv_bfloat16> values;
  std::vector<float> rounded;
  for (const float value : random_values(kSize * kSize, 4)) {
    values.push_back(__float2bfloat16(value));
    rounded.push_back(__bfloat162float(values.back()));
  }
  const DeviceArray<__nv_bfloat16> a(values);
  const DeviceArray<float> c(kSize * kSize);  // NaN: must not be read with beta = 0
  const float one = 1.0F;
  const float zero = 0.0F;
  ASSERT_EQ(cublasGemmEx(handle_, CUBLAS_OP_T, CUBLAS_OP_N, kSize, kSize, kSize, &one, a.data(),
                         CUDA_R_16BF, kSize, a.data(), CUDA_R_16BF, kSize, &zero, c.data(),
                         CUDA_R_32F, kSize, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
            CUBLAS_STATUS_SUCCESS);
  const auto expected = product(true, false, kSize, kSize, kSize, rounded, kSize, rounded, kSize);
  const auto result = c.values();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(result[i], expected[i], 1e-5);
  }
}

TEST_F(Cublas, ABatchIsOneCallOfManyProductsAStrideApart) {
  constexpr int kN = 3, kK = 4, kLeading = 5, kBatches = 6;
  const std::vector<float> f = random_values(kLeading * kK * kBatches, 9);
  const DeviceArray<float> device_f(f);
  const DeviceArray<float> device_g(std::vector<float>(kN * kN * kBatches, -1));
  const float alpha = 2;
  const float beta = 0;
  const auto batch = [&](long long stride_g, int batches) {
    return cublasGemmStridedBatchedEx(handle_, CUBLAS_OP_N, CUBLAS_OP_T, kN, kN, kK, &alpha,
                                      device_f.data(), CUDA_R_32F, kLeading, kLeading * kK,
                                      device_f.data(), CUDA_R_32F, kLeading, kLeading * kK, &beta,
                                      device_g.data(), CUDA_R_32F, kN, stride_g, batches,
                                      CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
  };
  ASSERT_EQ(batch(kN * kN, kBatches), CUBLAS_STATUS_SUCCESS);
  const std::vector<float> g = device_g.values();
  for (int number = 0; number < kBatches; ++number) {
    const std::vector<float> piece(f.begin() + number * kLeading * kK,
                                   f.begin() + (number + 1) * kLeading * kK);
    const std::vector<double> expected =
        product(false, true, kN, kN, kK, piece, kLeading, piece, kLeading);
    for (int n = 0; n < kN * kN; ++n) {
      EXPECT_NEAR(g[static_cast<std::size_t>(number * kN * kN + n)],
                  2 * expected[static_cast<std::size_t>(n)], 1e-5);
    }
  }
  EXPECT_EQ(batch(kN * kN - 1, kBatches), CUBLAS_STATUS_INVALID_VALUE) << "results overlap";
  EXPECT_EQ(batch(kN * kN, -1), CUBLAS_STATUS_INVALID_VALUE);
}

TEST_F(Cublas, Tf32IsCutOffOnlyWhenAskedFor) {
  const float value = 1.0F + std::ldexp(1.0F, -12);  // needs 12 bits of mantissa
  EXPECT_EQ(cuda_emulation::as_tf32(value), 1.0F);
  EXPECT_EQ(cuda_emulation::as_tf32(1.0F + std::ldexp(1.0F, -10)), 1.0F + std::ldexp(1.0F, -10));
  EXPECT_EQ(cuda_emulation::as_tf32(1.0F + std::ldexp(7.0F, -12)), 1.0F + std::ldexp(1.0F, -10));
  const DeviceArray<float> a(std::vector<float>{value});
  const DeviceArray<float> b(std::vector<float>{1.0F});
  const DeviceArray<float> c(1);
  const float one = 1.0F;
  const float zero = 0.0F;
  const auto multiply = [&](cublasComputeType_t compute) {
    EXPECT_EQ(cublasGemmEx(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, a.data(), CUDA_R_32F,
                           1, b.data(), CUDA_R_32F, 1, &zero, c.data(), CUDA_R_32F, 1, compute,
                           CUBLAS_GEMM_DEFAULT),
              CUBLAS_STATUS_SUCCESS);
    return c.values()[0];
  };
  EXPECT_EQ(multiply(CUBLAS_COMPUTE_32F), value);
  EXPECT_EQ(multiply(CUBLAS_COMPUTE_32F_FAST_TF32), 1.0F);
  EXPECT_EQ(cublasSetMathMode(handle_, CUBLAS_TF32_TENSOR_OP_MATH), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(multiply(CUBLAS_COMPUTE_32F), 1.0F);
  EXPECT_EQ(multiply(CUBLAS_COMPUTE_32F_PEDANTIC), value);
}

TEST_F(Cublas, RefusesWhatTheReferenceForbids) {
  const DeviceArray<float> a(64);
  const DeviceArray<float> c(64);
  const float one = 1.0F;
  const auto gemm = [&](int m, int leading_a, int leading_c, const float* alpha,
                        cudaDataType type_b, cublasComputeType_t compute) {
    return cublasGemmEx(handle_, CUBLAS_OP_N, CUBLAS_OP_N, m, 4, 4, alpha, a.data(), CUDA_R_32F,
                        leading_a, a.data() + 32, type_b, 4, &one, c.data(), CUDA_R_32F, leading_c,
                        compute, CUBLAS_GEMM_DEFAULT);
  };
  EXPECT_EQ(gemm(4, 4, 4, &one, CUDA_R_32F, CUBLAS_COMPUTE_32F), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(gemm(-1, 4, 4, &one, CUDA_R_32F, CUBLAS_COMPUTE_32F), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(4, 3, 4, &one, CUDA_R_32F, CUBLAS_COMPUTE_32F), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(4, 4, 3, &one, CUDA_R_32F, CUBLAS_COMPUTE_32F), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(4, 4, 4, nullptr, CUDA_R_32F, CUBLAS_COMPUTE_32F), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(4, 4, 4, &one, CUDA_R_16F, CUBLAS_COMPUTE_32F), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(gemm(4, 4, 4, &one, CUDA_R_32F, CUBLAS_COMPUTE_16F), CUBLAS_STATUS_NOT_SUPPORTED);
}

TEST_F(Cublas, ReachingBeyondAMatrixIsAnIllegalAddress) {
  const DeviceArray<float> a(64);
  const DeviceArray<float> c(std::vector<float>(15, 0.0F));  // one element short
  const float one = 1.0F;
  const float zero = 0.0F;
  EXPECT_EQ(cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 4, 4, 4, &one, a.data(), 4, a.data(), 4,
                        &zero, c.data(), 4),
            CUBLAS_STATUS_SUCCESS);  // asynchronous, as on hardware
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  EXPECT_NE(cuda_emulation::last_failure().find("gemm's C"), std::string::npos);
}

TEST_F(Cublas, AResultOverAnInputIsNoticed) {
  const DeviceArray<float> a(std::vector<float>(64, 1.0F));
  const float one = 1.0F;
  const float zero = 0.0F;
  EXPECT_EQ(cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 4, 4, 4, &one, a.data(), 4,
                        a.data() + 32, 4, &zero, a.data() + 12, 4),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  EXPECT_NE(cuda_emulation::last_failure().find("overlaps"), std::string::npos);
}

TEST_F(Cublas, TheWorkspaceIsAlignedDeviceMemoryThatIsOverwritten) {
  const DeviceArray<float> workspace(std::vector<float>(128, 0.0F));
  EXPECT_EQ(cublasSetWorkspace(handle_, workspace.data() + 1, 256), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(cublasSetWorkspace(handle_, workspace.data(), 513), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(cublasSetWorkspace(handle_, workspace.data(), 512), CUBLAS_STATUS_SUCCESS);
  const DeviceArray<float> a(std::vector<float>(4, 1.0F));
  const DeviceArray<float> c(4);
  const float one = 1.0F;
  const float zero = 0.0F;
  const auto multiply = [&] {
    EXPECT_EQ(cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &one, a.data(), 2, a.data(),
                          2, &zero, c.data(), 2),
              CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(c.values(), std::vector<float>(4, 2.0F));
  };
  multiply();
  EXPECT_TRUE(std::isnan(workspace.values()[127]));
  // cublasSetStream forgets the workspace.
  EXPECT_EQ(cudaMemset(workspace.data(), 0, 512), cudaSuccess);
  EXPECT_EQ(cublasSetStream(handle_, nullptr), CUBLAS_STATUS_SUCCESS);
  multiply();
  EXPECT_EQ(workspace.values(), std::vector<float>(128, 0.0F));
}

TEST_F(Cublas, KnowsItsVersion) {
  int version = 0;
  int major = 0;
  EXPECT_EQ(cublasGetVersion(handle_, &version), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasGetProperty(MAJOR_VERSION, &major), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(version / 10000, major);
}

TEST_F(Cublas, ScalarsLieWhereThePointerModeSays) {
  const DeviceArray<float> a(std::vector<float>(1, 3.0F));
  const DeviceArray<float> c(std::vector<float>(1, 0.0F));
  const DeviceArray<float> scalars(std::vector<float>{2.0F, 0.0F});
  const auto multiply = [&](const float* alpha, const float* beta) {
    return cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, alpha, a.data(), 1, a.data(), 1,
                       beta, c.data(), 1);
  };
  EXPECT_EQ(multiply(scalars.data(), scalars.data() + 1), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(cublasSetPointerMode(handle_, CUBLAS_POINTER_MODE_DEVICE), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(multiply(scalars.data(), scalars.data() + 1), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(c.values()[0], 18.0F);
  const float host[2] = {1.0F, 0.0F};
  EXPECT_EQ(multiply(&host[0], &host[1]), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
}

}  // namespace
}  // namespace cuda_emulation_test
