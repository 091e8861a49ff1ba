// Sums and maxima in two stages, without floating-point atomics: every block leaves one partial
// result, then one block adds them in a fixed order. The same input gives the same bits.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "kernels.hpp"
#include "launch.hpp"

namespace impasto::kernels {

/// The grid of a first stage over `count` pieces of work.
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

/// End of a first stage: partials[block] = the block's result.
template <typename Operation>
__device__ void keep_partial(double value, double* partials) {
  const double result = reduce_block<Operation>(value);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = result;
  }
}

/// Second stage, one block for each value: value[block] = factor · the combination of the partial
/// results block · count, …, block · count + count − 1.
template <typename Operation>
__global__ void combine_partials(const double* partials, unsigned count, double factor,
                                 double* value) {
  double mine = 0;
  for (unsigned n = threadIdx.x; n < count; n += kThreads) {
    mine = Operation::combine(mine, partials[blockIdx.x * count + n]);
  }
  const double result = reduce_block<Operation>(mine);
  if (threadIdx.x == 0) {
    value[blockIdx.x] = factor * result;
  }
}

template <typename Operation>
void launch_combine(const double* partials, const Grid& first_stage, double factor, double* value,
                    cudaStream_t stream) {
  launch(combine_partials<Operation>, Grid{1, kThreads}, stream, partials, first_stage.blocks.x,
         factor, value);
}

}  // namespace impasto::kernels
