// The emulated cuDNN against plain loops, and its refusals.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cudnn.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "cuda_emulation/fixture.hpp"
#include "cuda_emulation/numbers.hpp"

namespace cuda_emulation_test {
namespace {

constexpr auto kPrecomputed = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;

std::string last_cudnn_message() {
  char message[256] = {};
  cudnnGetLastErrorString(message, sizeof(message));
  return message;
}

/// One convolution of C × H × W to K × P × Q with an R × S filter, its descriptors and its numbers.
struct Problem {
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  cudnnTensorFormat_t format = CUDNN_TENSOR_NHWC;
  int n = 1, c = 5, h = 6, w = 7, k = 4, r = 3, s = 3;
  int pad = 1, stride = 1, dilation = 1;
  cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  cudnnMathType_t math = CUDNN_FMA_MATH;

  [[nodiscard]] int length(int input, int filter) const {
    return (input + 2 * pad - ((filter - 1) * dilation + 1)) / stride + 1;
  }
  [[nodiscard]] int p() const { return length(h, r); }
  [[nodiscard]] int q() const { return length(w, s); }
};

/// Numbers of a tensor [n][c][h][w], and their bytes in a type and layout.
struct Numbers {
  int n, c, h, w;
  std::vector<float> values;

  [[nodiscard]] float& at(int in, int ic, int ih, int iw) {
    return values[static_cast<std::size_t>(((in * c + ic) * h + ih) * w + iw)];
  }
  [[nodiscard]] std::size_t place(cudnnTensorFormat_t format, std::size_t index) const {
    if (format == CUDNN_TENSOR_NCHW) {
      return index;
    }
    const auto plane = static_cast<std::size_t>(h * w);
    const auto channels = static_cast<std::size_t>(c);
    const std::size_t image = index / (plane * channels);
    const std::size_t channel = index / plane % channels;
    return (image * plane + index % plane) * channels + channel;
  }
};

Numbers random_numbers(int n, int c, int h, int w, cudnnDataType_t type, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  Numbers numbers{n, c, h, w, std::vector<float>(static_cast<std::size_t>(n * c * h * w))};
  for (float& value : numbers.values) {
    value = normal(engine);
    if (type == CUDNN_DATA_HALF) {
      value = __half2float(__float2half(value));
    } else if (type == CUDNN_DATA_BFLOAT16) {
      value = __bfloat162float(__float2bfloat16(value));
    }
  }
  return numbers;
}

cudaDataType cuda_type(cudnnDataType_t type) {
  return type == CUDNN_DATA_HALF       ? CUDA_R_16F
         : type == CUDNN_DATA_BFLOAT16 ? CUDA_R_16BF
                                       : CUDA_R_32F;
}

/// y[n,k,p,q] = Σ w[k,c,r,s] x[n,c,·,·], by definition and in double.
std::vector<double> forward(const Problem& problem, Numbers& x, Numbers& w) {
  std::vector<double> y;
  for (int n = 0; n < problem.n; ++n) {
    for (int k = 0; k < problem.k; ++k) {
      for (int p = 0; p < problem.p(); ++p) {
        for (int q = 0; q < problem.q(); ++q) {
          double sum = 0;
          for (int c = 0; c < problem.c; ++c) {
            for (int r = 0; r < problem.r; ++r) {
              for (int s = 0; s < problem.s; ++s) {
                const int i = p * problem.stride - problem.pad + r * problem.dilation;
                const int j = q * problem.stride - problem.pad + s * problem.dilation;
                const bool turned = problem.mode == CUDNN_CONVOLUTION;
                if (i >= 0 && i < problem.h && j >= 0 && j < problem.w) {
                  sum += static_cast<double>(w.at(k, c, turned ? problem.r - 1 - r : r,
                                                  turned ? problem.s - 1 - s : s)) *
                         static_cast<double>(x.at(n, c, i, j));
                }
              }
            }
          }
          y.push_back(sum);
        }
      }
    }
  }
  return y;
}

class Cudnn : public EmulatedDevice {
 protected:
  void SetUp() override {
    ASSERT_EQ(cudnnCreate(&handle_), CUDNN_STATUS_SUCCESS);
    for (auto* tensor : {&x_, &y_, &z_, &bias_}) {
      ASSERT_EQ(cudnnCreateTensorDescriptor(tensor), CUDNN_STATUS_SUCCESS);
    }
    ASSERT_EQ(cudnnCreateFilterDescriptor(&w_), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnCreateConvolutionDescriptor(&convolution_), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnCreateActivationDescriptor(&activation_), CUDNN_STATUS_SUCCESS);
  }
  void TearDown() override {
    for (auto* tensor : {x_, y_, z_, bias_}) {
      cudnnDestroyTensorDescriptor(tensor);
    }
    cudnnDestroyFilterDescriptor(w_);
    cudnnDestroyConvolutionDescriptor(convolution_);
    cudnnDestroyActivationDescriptor(activation_);
    EXPECT_EQ(cudnnDestroy(handle_), CUDNN_STATUS_SUCCESS);
  }

  void describe(const Problem& problem) {
    const auto& [type, format, n, c, h, w, k, r, s, pad, stride, dilation, mode, math] = problem;
    ASSERT_EQ(cudnnSetTensor4dDescriptor(x_, format, type, n, c, h, w), CUDNN_STATUS_SUCCESS);
    for (auto* tensor : {y_, z_}) {
      ASSERT_EQ(cudnnSetTensor4dDescriptor(tensor, format, type, n, k, problem.p(), problem.q()),
                CUDNN_STATUS_SUCCESS);
    }
    ASSERT_EQ(cudnnSetTensor4dDescriptor(bias_, format, type, 1, k, 1, 1), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnSetFilter4dDescriptor(w_, type, format, k, c, r, s), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnSetConvolution2dDescriptor(convolution_, pad, pad, stride, stride, dilation,
                                              dilation, mode, CUDNN_DATA_FLOAT),
              CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnSetConvolutionMathType(convolution_, math), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnSetActivationDescriptor(activation_, CUDNN_ACTIVATION_RELU,
                                           CUDNN_NOT_PROPAGATE_NAN, 0),
              CUDNN_STATUS_SUCCESS);
  }

  static DeviceArray<std::byte> upload(const Numbers& numbers, const Problem& problem) {
    const cudaDataType type = cuda_type(problem.type);
    std::vector<std::byte> bytes(numbers.values.size() * cuda_emulation::bytes_of(type));
    for (std::size_t i = 0; i < numbers.values.size(); ++i) {
      cuda_emulation::store(type, bytes.data(), numbers.place(problem.format, i),
                            numbers.values[i]);
    }
    return DeviceArray<std::byte>(bytes);
  }

  /// Values in NCHW order.
  static std::vector<float> download(const DeviceArray<std::byte>& array, const Problem& problem,
                                     int n, int c, int h, int w) {
    const Numbers shape{n, c, h, w, {}};
    const std::vector<std::byte> bytes = array.values();
    std::vector<float> values;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n * c * h * w); ++i) {
      values.push_back(cuda_emulation::load(cuda_type(problem.type), bytes.data(),
                                            shape.place(problem.format, i)));
    }
    return values;
  }

  std::size_t forward_workspace(cudnnConvolutionFwdAlgo_t algorithm = kPrecomputed) {
    std::size_t bytes = 0;
    EXPECT_EQ(cudnnGetConvolutionForwardWorkspaceSize(handle_, x_, w_, convolution_, y_, algorithm,
                                                      &bytes),
              CUDNN_STATUS_SUCCESS);
    return bytes;
  }

  cudnnStatus_t support(cudnnConvolutionFwdAlgo_t algorithm) {
    std::size_t bytes = 0;
    return cudnnGetConvolutionForwardWorkspaceSize(handle_, x_, w_, convolution_, y_, algorithm,
                                                   &bytes);
  }

  cudnnHandle_t handle_ = nullptr;
  cudnnTensorDescriptor_t x_ = nullptr;
  cudnnTensorDescriptor_t y_ = nullptr;
  cudnnTensorDescriptor_t z_ = nullptr;
  cudnnTensorDescriptor_t bias_ = nullptr;
  cudnnFilterDescriptor_t w_ = nullptr;
  cudnnConvolutionDescriptor_t convolution_ = nullptr;
  cudnnActivationDescriptor_t activation_ = nullptr;
  const float one_ = 1.0F;
  const float zero_ = 0.0F;
};

/// Relative to values of order one: storage rounding of y.
double tolerance(cudnnDataType_t type) {
  return type == CUDNN_DATA_FLOAT ? 1e-5 : type == CUDNN_DATA_HALF ? 1e-2 : 8e-2;
}

std::vector<Problem> problems() {
  std::vector<Problem> all;
  for (const auto format : {CUDNN_TENSOR_NCHW, CUDNN_TENSOR_NHWC}) {
    for (const auto type : {CUDNN_DATA_FLOAT, CUDNN_DATA_HALF, CUDNN_DATA_BFLOAT16}) {
      all.push_back({type, format});
      Problem turned{type, format};
      turned.mode = CUDNN_CONVOLUTION;
      turned.pad = 0;
      all.push_back(turned);
    }
    Problem odd{CUDNN_DATA_FLOAT, format, 2, 3, 9, 8, 2, 3, 2, 2, 2, 2};
    all.push_back(odd);
  }
  return all;
}

TEST_F(Cudnn, ForwardIsTheDefinition) {
  for (const Problem& problem : problems()) {
    describe(problem);
    Numbers x = random_numbers(problem.n, problem.c, problem.h, problem.w, problem.type, 1);
    Numbers w = random_numbers(problem.k, problem.c, problem.r, problem.s, problem.type, 2);
    const auto device_x = upload(x, problem);
    const auto device_w = upload(w, problem);
    const auto expected = forward(problem, x, w);
    const DeviceArray<std::byte> y(expected.size() * (problem.type == CUDNN_DATA_FLOAT ? 4 : 2));
    const std::size_t bytes = forward_workspace();
    EXPECT_GT(bytes, 0U);
    const DeviceArray<std::byte> workspace(bytes);
    const float half = 0.5F;
    ASSERT_EQ(cudnnConvolutionForward(handle_, &half, x_, device_x.data(), w_, device_w.data(),
                                      convolution_, kPrecomputed, workspace.data(), bytes, &zero_,
                                      y_, y.data()),
              CUDNN_STATUS_SUCCESS)
        << last_cudnn_message();
    const auto result = download(y, problem, problem.n, problem.k, problem.p(), problem.q());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(result[i], 0.5 * expected[i], tolerance(problem.type));
    }
    EXPECT_EQ(workspace.values().back(), std::byte{0xFF});  // used to its end
  }
}

TEST_F(Cudnn, BackwardDataIsTheTransposeOfForward) {
  // <conv(x), dy> = <x, conv_back(dy)> for every x and dy.
  for (const Problem& problem : problems()) {
    describe(problem);
    Numbers x = random_numbers(problem.n, problem.c, problem.h, problem.w, CUDNN_DATA_FLOAT, 3);
    Numbers w = random_numbers(problem.k, problem.c, problem.r, problem.s, problem.type, 4);
    const Numbers dy =
        random_numbers(problem.n, problem.k, problem.p(), problem.q(), problem.type, 5);
    const auto device_w = upload(w, problem);
    const auto device_dy = upload(dy, problem);
    const DeviceArray<std::byte> dx(x.values.size() * (problem.type == CUDNN_DATA_FLOAT ? 4 : 2));
    std::size_t bytes = 0;
    ASSERT_EQ(cudnnGetConvolutionBackwardDataWorkspaceSize(
                  handle_, w_, y_, convolution_, x_, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1, &bytes),
              CUDNN_STATUS_SUCCESS);
    const DeviceArray<std::byte> workspace(bytes);
    ASSERT_EQ(
        cudnnConvolutionBackwardData(handle_, &one_, w_, device_w.data(), y_, device_dy.data(),
                                     convolution_, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1,
                                     workspace.data(), bytes, &zero_, x_, dx.data()),
        CUDNN_STATUS_SUCCESS)
        << last_cudnn_message();
    const auto result = download(dx, problem, problem.n, problem.c, problem.h, problem.w);
    const auto y = forward(problem, x, w);
    double left = 0;
    double right = 0;
    double size = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      left += y[i] * static_cast<double>(dy.values[i]);
    }
    for (std::size_t i = 0; i < result.size(); ++i) {
      const double term = static_cast<double>(x.values[i]) * static_cast<double>(result[i]);
      right += term;
      size += std::abs(term);
    }
    EXPECT_NEAR(left, right, size * tolerance(problem.type) / 10);
  }
}

TEST_F(Cudnn, FusedForwardAddsBiasAndKeepsThePositive) {
  for (const auto mode : {CUDNN_ACTIVATION_RELU, CUDNN_ACTIVATION_IDENTITY}) {
    const Problem problem;
    describe(problem);
    cudnnSetActivationDescriptor(activation_, mode, CUDNN_NOT_PROPAGATE_NAN, 0);
    Numbers x = random_numbers(1, problem.c, problem.h, problem.w, problem.type, 6);
    Numbers w = random_numbers(problem.k, problem.c, 3, 3, problem.type, 7);
    const DeviceArray<float> bias(std::vector<float>{-1, 0, 1, 2});
    const auto device_x = upload(x, problem);
    const auto device_w = upload(w, problem);
    const auto expected = forward(problem, x, w);
    const DeviceArray<std::byte> y(expected.size() * 4);  // NaN: z = y is not read with alpha2 = 0
    const std::size_t bytes = forward_workspace();
    const DeviceArray<std::byte> workspace(bytes);
    ASSERT_EQ(cudnnConvolutionBiasActivationForward(handle_, &one_, x_, device_x.data(), w_,
                                                    device_w.data(), convolution_, kPrecomputed,
                                                    workspace.data(), bytes, &zero_, y_, y.data(),
                                                    bias_, bias.data(), activation_, y_, y.data()),
              CUDNN_STATUS_SUCCESS)
        << last_cudnn_message();
    const auto result = download(y, problem, 1, problem.k, problem.p(), problem.q());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double sum = expected[i] + static_cast<double>(i / 42) - 1;
      ASSERT_NEAR(result[i], mode == CUDNN_ACTIVATION_RELU ? std::max(sum, 0.0) : sum, 1e-5);
    }
  }
}

TEST_F(Cudnn, OnlyFmaMathKeepsFloats) {
  Problem problem;
  problem.c = problem.k = problem.h = problem.w = problem.r = problem.s = 1;
  problem.pad = 0;
  const float value = 1.0F + std::ldexp(1.0F, -12);
  const DeviceArray<float> x(std::vector<float>(1, value));
  const DeviceArray<float> w(std::vector<float>(1, 1.0F));
  const DeviceArray<float> y(1);
  for (const auto math : {CUDNN_FMA_MATH, CUDNN_DEFAULT_MATH, CUDNN_TENSOR_OP_MATH}) {
    problem.math = math;
    describe(problem);
    const std::size_t bytes = forward_workspace();
    const DeviceArray<std::byte> workspace(bytes);
    ASSERT_EQ(cudnnConvolutionForward(handle_, &one_, x_, x.data(), w_, w.data(), convolution_,
                                      kPrecomputed, workspace.data(), bytes, &zero_, y_, y.data()),
              CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(y.values()[0], math == CUDNN_FMA_MATH ? value : 1.0F);
  }
}

TEST_F(Cudnn, BetaKeepsTheOldResult) {
  Problem problem;
  problem.c = problem.k = problem.h = problem.w = problem.r = problem.s = 1;
  problem.pad = 0;
  describe(problem);
  const DeviceArray<float> x(std::vector<float>(1, 3.0F));
  const DeviceArray<float> y(std::vector<float>(1, 10.0F));
  const DeviceArray<std::byte> workspace(forward_workspace());
  const float two = 2.0F;
  const DeviceArray<float> w(std::vector<float>(1, 5.0F));
  EXPECT_EQ(cudnnConvolutionForward(handle_, &one_, x_, x.data(), w_, w.data(), convolution_,
                                    kPrecomputed, workspace.data(), forward_workspace(), &two, y_,
                                    y.data()),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(y.values()[0], 35.0F);
}

// ---- refusals

TEST_F(Cudnn, WrongDescriptorsAreBadParameters) {
  const auto bad = [&](const std::string& message) {
    EXPECT_EQ(support(kPrecomputed), CUDNN_STATUS_BAD_PARAM);
    EXPECT_NE(last_cudnn_message().find(message), std::string::npos) << message;
  };
  bad("never set");
  describe({});
  EXPECT_EQ(support(kPrecomputed), CUDNN_STATUS_SUCCESS);
  cudnnSetTensor4dDescriptor(y_, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, 1, 4, 5, 7);
  bad("OutputDim");
  describe({});
  cudnnSetTensor4dDescriptor(x_, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, 1, 6, 6, 7);
  bad("channels");
  describe({});
  cudnnSetTensor4dDescriptor(x_, CUDNN_TENSOR_NHWC, CUDNN_DATA_HALF, 1, 5, 6, 7);
  bad("type");
  EXPECT_EQ(cudnnSetTensor4dDescriptor(x_, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, 1, 0, 6, 7),
            CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(cudnnSetTensor4dDescriptor(x_, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, 1, 512, 2048, 2049),
            CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(cudnnSetConvolution2dDescriptor(convolution_, -1, 1, 1, 1, 1, 1,
                                            CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
            CUDNN_STATUS_BAD_PARAM);
}

TEST_F(Cudnn, WrongStridesAreNotSupported) {
  describe({});
  // Rows of x padded to eight pixels: fine for NCHW filters, not for NHWC ones.
  ASSERT_EQ(cudnnSetTensor4dDescriptorEx(x_, CUDNN_DATA_FLOAT, 1, 5, 6, 7, 6 * 8 * 5, 1, 8 * 5, 5),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(support(kPrecomputed), CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_NE(last_cudnn_message().find("packed"), std::string::npos);
  ASSERT_EQ(cudnnSetFilter4dDescriptor(w_, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, 4, 5, 3, 3),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(support(kPrecomputed), CUDNN_STATUS_SUCCESS);
}

TEST_F(Cudnn, AlgorithmsTakeWhatTheirTablesSay) {
  describe({});
  EXPECT_EQ(support(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM), CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(support(CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD), CUDNN_STATUS_NOT_SUPPORTED);
  Problem planar;
  planar.format = CUDNN_TENSOR_NCHW;
  describe(planar);
  EXPECT_EQ(support(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(support(CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(support(CUDNN_CONVOLUTION_FWD_ALGO_DIRECT), CUDNN_STATUS_NOT_SUPPORTED);
  planar.type = CUDNN_DATA_BFLOAT16;
  describe(planar);
  EXPECT_EQ(support(CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD), CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(support(CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED), CUDNN_STATUS_SUCCESS);

  int returned = 0;
  cudnnConvolutionFwdAlgoPerf_t results[8];
  EXPECT_EQ(cudnnGetConvolutionForwardAlgorithm_v7(handle_, x_, w_, convolution_, y_, 8, &returned,
                                                   results),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(returned, 8);
  EXPECT_EQ(results[0].status, CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(results[7].status, CUDNN_STATUS_NOT_SUPPORTED);
}

/// A fused call with everything right; each test spoils one thing.
class CudnnFused : public Cudnn {
 protected:
  void SetUp() override {
    Cudnn::SetUp();
    describe(problem_);
    bytes_ = forward_workspace();
  }
  cudnnStatus_t call(float* x, float* y, float* z, std::byte* workspace, std::size_t bytes) {
    return cudnnConvolutionBiasActivationForward(
        handle_, &one_, x_, x, w_, w_array_.data(), convolution_, algorithm_, workspace, bytes,
        &zero_, z_, z, bias_, bias_array_.data(), activation_, y_, y);
  }
  cudnnStatus_t call() {
    return call(x_array_.data(), y_array_.data(), y_array_.data(), workspace_.data(), bytes_);
  }
  Problem problem_;
  std::size_t bytes_ = 0;
  cudnnConvolutionFwdAlgo_t algorithm_ = kPrecomputed;
  DeviceArray<float> x_array_{std::vector<float>(5 * 42, 1.0F)};
  DeviceArray<float> w_array_{std::vector<float>(4 * 45, 1.0F)};
  DeviceArray<float> bias_array_{std::vector<float>(4, 0.0F)};
  DeviceArray<float> y_array_{4 * 42};
  DeviceArray<std::byte> workspace_{4096};
};

TEST_F(CudnnFused, RightArgumentsWork) {
  EXPECT_EQ(call(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(y_array_.values()[0], 20.0F);  // a corner sees four of nine taps of five channels
}

TEST_F(CudnnFused, TooSmallAWorkspaceIsRefused) {
  EXPECT_EQ(call(x_array_.data(), y_array_.data(), y_array_.data(), workspace_.data(), bytes_ - 1),
            CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT);
  EXPECT_EQ(call(x_array_.data(), y_array_.data(), y_array_.data(), nullptr, bytes_),
            CUDNN_STATUS_BAD_PARAM_NULL_POINTER);
}

TEST_F(CudnnFused, AWorkspaceSmallerThanClaimedIsAnIllegalAddress) {
  EXPECT_EQ(call(x_array_.data(), y_array_.data(), y_array_.data(), workspace_.data(), 4097),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
}

TEST_F(CudnnFused, AliasesAreRefused) {
  DeviceArray<float> large(2000);
  EXPECT_EQ(call(large.data(), large.data() + 200, large.data() + 200, workspace_.data(), bytes_),
            CUDNN_STATUS_BAD_PARAM);
  EXPECT_NE(last_cudnn_message().find("share memory"), std::string::npos);
  EXPECT_EQ(call(large.data(), y_array_.data(), large.data() + 4, workspace_.data(), bytes_),
            CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(call(large.data(), y_array_.data(), y_array_.data(),
                 reinterpret_cast<std::byte*>(large.data()), bytes_),
            CUDNN_STATUS_BAD_PARAM);
  EXPECT_NE(last_cudnn_message().find("workspace"), std::string::npos);
}

TEST_F(CudnnFused, HostMemoryIsAnIllegalAddress) {
  alignas(16) static float host[5 * 42] = {};
  EXPECT_EQ(call(host, y_array_.data(), y_array_.data(), workspace_.data(), bytes_),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  EXPECT_NE(cuda_emulation::last_failure().find("cuDNN's x"), std::string::npos);
}

TEST_F(CudnnFused, MisalignedMemoryIsRefused) {
  DeviceArray<float> large(2000);
  EXPECT_EQ(call(large.data() + 1, y_array_.data(), y_array_.data(), workspace_.data(), bytes_),
            CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER);
}

TEST_F(CudnnFused, BiasActivationAndZMustFit) {
  cudnnSetTensor4dDescriptor(bias_, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, 1, 5, 1, 1);
  EXPECT_EQ(call(), CUDNN_STATUS_NOT_SUPPORTED);
  describe(problem_);
  cudnnSetTensor4dDescriptor(z_, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1, 4, 6, 7);
  EXPECT_EQ(call(), CUDNN_STATUS_NOT_SUPPORTED);
  describe(problem_);
  cudnnSetActivationDescriptor(activation_, CUDNN_ACTIVATION_RELU, CUDNN_PROPAGATE_NAN, 0);
  EXPECT_EQ(call(), CUDNN_STATUS_NOT_SUPPORTED);
  cudnnSetActivationDescriptor(activation_, CUDNN_ACTIVATION_TANH, CUDNN_NOT_PROPAGATE_NAN, 0);
  EXPECT_EQ(call(), CUDNN_STATUS_NOT_SUPPORTED);

  problem_.format = CUDNN_TENSOR_NCHW;
  describe(problem_);
  cudnnSetActivationDescriptor(activation_, CUDNN_ACTIVATION_IDENTITY, CUDNN_NOT_PROPAGATE_NAN, 0);
  algorithm_ = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM;
  EXPECT_EQ(call(), CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_NE(last_cudnn_message().find("IDENTITY"), std::string::npos);
}

TEST_F(CudnnFused, CapturedConvolutionsReplay) {
  const cudaStream_t stream = make_stream();
  ASSERT_EQ(cudnnSetStream(handle_, stream), CUDNN_STATUS_SUCCESS);
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), cudaSuccess);
  EXPECT_EQ(call(), CUDNN_STATUS_SUCCESS);
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
  EXPECT_TRUE(std::isnan(y_array_.values()[0]));
  EXPECT_EQ(cudaGraphLaunch(executable, stream), cudaSuccess);
  EXPECT_EQ(y_array_.values()[0], 20.0F);
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
}

TEST_F(Cudnn, NoDeviceNoHandle) {
  cuda_emulation::set_presence(cudaErrorNoDevice);
  cudnnHandle_t handle = nullptr;
  EXPECT_EQ(cudnnCreate(&handle), CUDNN_STATUS_NOT_INITIALIZED);
}

}  // namespace
}  // namespace cuda_emulation_test
