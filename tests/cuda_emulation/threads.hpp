// A kernel's threads: the blocks of a grid one after another, a block's threads as fibers that run
// until they meet the others at a barrier or in a warp.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <vector>

namespace cuda_emulation {

inline constexpr unsigned kWarpSize = 32;

/// The built-in variables of the thread that runs now. kernel.hpp gives them their CUDA names.
struct ThreadIndices {
  uint3 thread{};
  uint3 block{};
  dim3 block_shape{};
  dim3 grid_shape{};
};
extern ThreadIndices indices;

struct Launch {
  dim3 grid;
  dim3 block;
  std::function<void()> body;           ///< what each thread executes
  std::string name;                     ///< for messages
  std::vector<const void*> pointers{};  ///< arguments that must point into device memory
};

/// cudaSuccess, or what cudaGetLastError will say of the launch.
cudaError_t enqueue_kernel(Launch launch, cudaStream_t stream);

/// Where a thread waits, for messages.
struct Place {
  const char* what;
  std::source_location where;
};

/// __syncthreads: waits for all threads of the block; counts those with a true predicate.
unsigned meet_block(bool predicate, const Place& place);

/// What the lanes that met gave.
struct Met {
  std::array<std::uint64_t, kWarpSize> values{};
  unsigned lanes = 0;
};

/// Waits for all lanes of `mask` that have not exited. Valid until this thread meets again.
const Met& meet_warp(unsigned mask, std::uint64_t value, const Place& place);

/// The calling thread's place in its warp.
unsigned lane();

/// Ends the kernel with a failure: this thread does what is undefined on hardware.
[[noreturn]] void undefined(const Place& place, const std::string& why);

}  // namespace cuda_emulation
