// The CUDA backend: cuDNN convolutions, cuBLAS Gram matrices, the kernels of kernels/; feature maps
// are NHWC in the precision's type.
#pragma once

#include <memory>

#include "backend/backend.hpp"
#include "backend/cuda_plugin.hpp"

namespace impasto::cuda {

/// Throws DeviceError when the device cannot be used.
std::unique_ptr<Backend> make_backend(const CudaOptions& options);

/// Asks the driver and the libraries; never throws.
CudaDevices find_devices();

}  // namespace impasto::cuda
