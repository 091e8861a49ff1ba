// Sums and maxima over a grid, without floating-point atomics: every block leaves one partial
// result, and the block that is last adds them in a fixed order. The same input gives the same
// bits, whichever block that is.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "kernels.hpp"
#include "launch.hpp"

namespace impasto::kernels {

/// The grid of a reduction over `count` pieces of work.
inline Grid reduction_grid(std::int64_t count) {
  const std::int64_t blocks = (count + kThreads - 1) / kThreads;
  return {static_cast<unsigned>(
              std::clamp<std::int64_t>(blocks, 1, static_cast<std::int64_t>(kMostPartials))),
          kThreads};
}

struct Sum {
  __host__ __device__ static double combine(double a, double b) { return a + b; }
};

/// A NaN wins over every number.
struct Max {
  __host__ __device__ static double combine(double a, double b) { return b > a || b != b ? b : a; }
};

/// The block's result, valid in thread 0. Called by all kThreads threads. Shared memory is free for
/// another call only after __syncthreads.
template <typename Operation>
__device__ double reduce_block(double value) {
  __shared__ double warps[kThreads / 32];
  for (int offset = 16; offset > 0; offset /= 2) {
    value = Operation::combine(value, __shfl_down_sync(0xffffffffU, value, offset));
  }
  if (threadIdx.x % 32 == 0) {
    warps[threadIdx.x / 32] = value;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (unsigned warp = 1; warp < kThreads / 32; ++warp) {
      value = Operation::combine(value, warps[warp]);
    }
  }
  return value;
}

/// The combination of `count` partial results, valid in thread 0. Called by all kThreads threads;
/// other blocks have written them, of this launch or an earlier one.
template <typename Operation>
__device__ double combine_partials(const volatile double* partials, unsigned count) {
  double mine = 0;
  for (unsigned n = threadIdx.x; n < count; n += kThreads) {
    mine = Operation::combine(mine, partials[n]);
  }
  return reduce_block<Operation>(mine);
}

/// Called by one thread of each block: whether the block is the grid's last to come here.
/// `finished` is 0 between launches.
__device__ inline bool is_last_block(unsigned* finished) {
  return atomicInc(finished, gridDim.x - 1) == gridDim.x - 1;
}

/// End of a reduction, called by all threads of a grid of at most kMostPartials blocks in one row:
/// *value = factor · the combination of every thread's `mine`.
template <typename Operation>
__device__ void finish_reduction(double mine, double factor, const Reduction& reduction,
                                 double* value) {
  __shared__ bool is_last;
  const double result = reduce_block<Operation>(mine);
  if (threadIdx.x == 0) {
    reduction.partials[blockIdx.x] = result;
    __threadfence();  // the others see the result before they see that it is there
    is_last = is_last_block(reduction.finished);
  }
  __syncthreads();
  if (!is_last) {
    return;
  }
  __threadfence();
  const double combined = combine_partials<Operation>(reduction.partials, gridDim.x);
  if (threadIdx.x == 0) {
    *value = factor * combined;
  }
}

}  // namespace impasto::kernels
