// CUDA's, cuBLAS' and cuDNN's status codes as typed exceptions.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

namespace impasto::cuda {

/// What a user can do when the GPU's memory is not enough.
constexpr const char* kOutOfMemoryRemedy =
    "choose a smaller --size or a lower --precision, or free the GPU's memory";

// Each throws DeviceError (cuDNN without memory: MemoryError) that names the call, what the library
// says of the status, and a remedy.
void check(cudaError_t status, const char* call);
void check(cublasStatus_t status, const char* call);
void check(cudnnStatus_t status, const char* call);

/// Whether cuDNN says that it found no memory, of the host or of the device.
bool is_out_of_memory(cudnnStatus_t status);

/// The launches since the last check.
void check_launch(const char* kernel);

}  // namespace impasto::cuda
