// The one place where a kernel is launched: on the device, or, in the tests, on the emulated one.
#pragma once

#include <cuda_runtime.h>

namespace impasto::kernels {

/// Blocks of a grid and threads of a block; a plain number is one-dimensional.
struct Grid {
  dim3 blocks;
  dim3 threads;
};

/// Launches `kernel` on `stream`, without dynamic shared memory. Asynchronous. What is wrong with
/// the launch itself is found with cudaGetLastError.
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), Grid grid, cudaStream_t stream, Arguments... arguments) {
#ifdef IMPASTO_CUDA_EMULATION
  cuda_emulation::launch(kernel, grid.blocks, grid.threads, stream,
                         static_cast<Parameters>(arguments)...);
#else
  kernel<<<grid.blocks, grid.threads, 0, stream> > >(static_cast<Parameters>(arguments)...);
#endif
}

}  // namespace impasto::kernels
