// How every kernel is launched: one line at the launcher, the same on a GPU and on the tests'
// emulated device.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace impasto::kernels {

/// Blocks of a grid and threads of a block; a plain number is one-dimensional.
struct Grid {
  dim3 blocks;
  dim3 threads;
};

/// Threads per block of the elementwise kernels: enough to fill a multiprocessor on every
/// architecture from 7.5 on.
constexpr unsigned kThreads = 256;

/// One thread for each of `count` pieces of work.
inline Grid grid_for(std::int64_t count) {
  return {static_cast<unsigned>((count + kThreads - 1) / kThreads), kThreads};
}

/// Enqueues `kernel` on `stream`. Errors show in cudaPeekAtLastError.
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), const Grid& grid, cudaStream_t stream,
            const Arguments&... arguments) {
#ifdef IMPASTO_CUDA_EMULATION
  cuda_emulation::launch(kernel, grid.blocks, grid.threads, stream,
                         static_cast<Parameters>(arguments)...);
#else
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = grid.blocks;
  configuration.blockDim = grid.threads;
  configuration.stream = stream;
  cudaLaunchKernelEx(&configuration, kernel, static_cast<Parameters>(arguments)...);
#endif
}

/// This thread's number in the whole grid.
__device__ inline std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

/// Threads in the whole grid: the step of a loop that the grid does not cover at once.
__device__ inline std::int64_t grid_stride() {
  return static_cast<std::int64_t>(gridDim.x) * blockDim.x;
}

}  // namespace impasto::kernels
