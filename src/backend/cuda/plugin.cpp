// The plug-in's entry points; see src/backend/cuda_plugin.hpp.
#include "backend/cuda/cuda_backend.hpp"

extern "C" void impasto_make_cuda_backend(const impasto::CudaOptions& options,
                                          std::unique_ptr<impasto::Backend>& made) {
  made = impasto::cuda::make_backend(options);
}

extern "C" void impasto_find_cuda_devices(impasto::CudaDevices& found) {
  found = impasto::cuda::find_devices();
}
