// Which GPUs there are, and exactly why one cannot be used.
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <cstdio>
#include <string>

#include "backend/cuda/cuda_backend.hpp"
#include "backend/cuda/precision_types.hpp"

namespace impasto::cuda {
namespace {

/// Compute capability 7.5: the oldest that is compiled for.
constexpr int kOldestMajor = 7;
constexpr int kOldestMinor = 5;

/// 13000 → "13.0"
std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

/// 91900 → "9.19.0"
std::string cudnn_version(std::size_t number) {
  return std::to_string(number / 10000) + "." + std::to_string(number % 10000 / 100) + "." +
         std::to_string(number % 100);
}

/// "13.1.0", of the library that was found, not of its headers.
std::string cublas_version() {
  std::string text;
  for (const libraryPropertyType part : {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL}) {
    int value = 0;
    if (cublasGetProperty(part, &value) != CUBLAS_STATUS_SUCCESS) {
      return "unknown";
    }
    text += (text.empty() ? "" : ".") + std::to_string(value);
  }
  return text;
}

std::string why_no_device(cudaError_t status, int driver) {
  if (status == cudaErrorNoDevice) {
    return "the driver finds no GPU";
  }
  if (driver != 0 && status == cudaErrorInsufficientDriver) {
    return "the driver is too old: it supports CUDA " + cuda_version(driver) +
           ", this program was built with CUDA " + cuda_version(CUDART_VERSION);
  }
  if (driver == 0) {
    return "no NVIDIA driver is installed";
  }
  return std::string(cudaGetErrorName(status)) + ", " + cudaGetErrorString(status);
}

void describe(int index, CudaDevices& found) {
  cudaDeviceProp properties{};
  const cudaError_t status = cudaGetDeviceProperties(&properties, index);
  if (status != cudaSuccess) {
    cudaGetLastError();
    found.names.emplace_back();
    found.fp32_only.push_back(true);
    found.lines.push_back("cuda:" + std::to_string(index) +
                          " cannot be used: " + cudaGetErrorString(status));
    return;
  }
  const bool old = properties.major < kOldestMajor ||
                   (properties.major == kOldestMajor && properties.minor < kOldestMinor);
  char text[160];
  std::snprintf(text, sizeof text, "%.1f GiB, %d multiprocessors, compute capability %d.%d",
                static_cast<double>(properties.totalGlobalMem) / (1 << 30),
                properties.multiProcessorCount, properties.major, properties.minor);
  const bool fp32_only = !has_tf32_and_bfloat16(properties.major);
  found.names.push_back(old ? "" : properties.name);
  found.fp32_only.push_back(fp32_only);
  found.lines.push_back("cuda:" + std::to_string(index) + " " + properties.name + ", " + text +
                        (old         ? ": cannot be used, 7.5 is the oldest supported"
                         : fp32_only ? ", fp32 only"
                                     : ""));
}

}  // namespace

CudaDevices find_devices() {
  CudaDevices found;
  int driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess) {
    cudaGetLastError();
  }
  found.versions["CUDA toolkit"] = cuda_version(CUDART_VERSION);
  found.versions["CUDA driver"] = driver == 0 ? "none" : cuda_version(driver);
  found.versions["cuDNN"] = cudnn_version(cudnnGetVersion());
  found.versions["cuBLAS"] = cublas_version();
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess || count == 0) {
    cudaGetLastError();
    found.reason = why_no_device(status == cudaSuccess ? cudaErrorNoDevice : status, driver);
    return found;
  }
  for (int index = 0; index < count; ++index) {
    describe(index, found);
  }
  bool usable = false;
  for (const std::string& name : found.names) {
    usable = usable || !name.empty();
  }
  if (!usable) {
    found.reason = "no GPU here is new enough";
  }
  return found;
}

}  // namespace impasto::cuda
