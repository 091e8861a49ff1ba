#include "backend/cuda/check.hpp"

#include <string>

#include "impasto/error.hpp"

namespace impasto::cuda {
namespace {

constexpr const char* kReport = "please report this with the output of impasto --version";

/// What a user can do about it.
const char* remedy(cudaError_t status) {
  switch (status) {
    case cudaErrorMemoryAllocation:
      return kOutOfMemoryRemedy;
    case cudaErrorInsufficientDriver:
      return "install a newer NVIDIA driver, or use --device cpu";
    case cudaErrorNoKernelImageForDevice:
      return "build for this GPU: -DCMAKE_CUDA_ARCHITECTURES=native";
    case cudaErrorDevicesUnavailable:
      return "another program holds the GPU: wait, or use --device cpu";
    default:
      return kReport;
  }
}

}  // namespace

void check(cudaError_t status, const char* call) {
  if (status != cudaSuccess) {
    // The next check must not see this error again.
    cudaGetLastError();
    throw DeviceError(std::string("CUDA failed with ") + cudaGetErrorName(status) + ", " +
                          cudaGetErrorString(status),
                      call, remedy(status));
  }
}

void check(cublasStatus_t status, const char* call) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    throw DeviceError(std::string("cuBLAS failed with ") + cublasGetStatusString(status), call,
                      status == CUBLAS_STATUS_ALLOC_FAILED ? kOutOfMemoryRemedy : kReport);
  }
}

bool is_out_of_memory(cudnnStatus_t status) {
  return status == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
         status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED;
}

void check(cudnnStatus_t status, const char* call) {
  if (is_out_of_memory(status)) {
    throw MemoryError(std::string("not enough memory for cuDNN: ") + cudnnGetErrorString(status),
                      call, kOutOfMemoryRemedy);
  }
  if (status != CUDNN_STATUS_SUCCESS) {
    throw DeviceError(std::string("cuDNN failed with ") + cudnnGetErrorString(status), call,
                      kReport);
  }
}

void check_launch(const char* kernel) {
  check(cudaPeekAtLastError(), kernel);
}

}  // namespace impasto::cuda
