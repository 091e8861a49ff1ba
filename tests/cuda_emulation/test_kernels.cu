#include "cuda_emulation/test_kernels.hpp"

#include <cuda_bf16.h>

#include <stdexcept>

#include "kernels/launch.hpp"

namespace cuda_emulation_test {
namespace {

constexpr int kThreads = 256;
constexpr unsigned kAllLanes = 0xFFFFFFFFU;

__global__ void __launch_bounds__(kThreads)
    axpy_kernel(int n, float a, const float* __restrict__ x, float* __restrict__ y) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) {
    y[i] = fmaf(a, __ldg(x + i), y[i]);
  }
}

template <typename T>
__device__ float to_float(T value) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    return __bfloat162float(value);
  } else {
    return value;
  }
}

__device__ __forceinline__ float warp_sum(float value) {
  for (unsigned offset = 16; offset > 0; offset /= 2) {
    value += __shfl_down_sync(kAllLanes, value, offset);
  }
  return value;
}

template <typename T, bool kWithBarrier>
__global__ void block_sums_kernel(const T* values, float* sums) {
  __shared__ float partial[kThreads / 32];
  const float sum = warp_sum(to_float(values[blockIdx.x * blockDim.x + threadIdx.x]));
  if (threadIdx.x % 32 == 0) {
    partial[threadIdx.x / 32] = sum;
  }
  if constexpr (kWithBarrier) {
    __syncthreads();
  }
  if (threadIdx.x < 32) {
    const float total = warp_sum(threadIdx.x < kThreads / 32 ? partial[threadIdx.x] : 0.0F);
    if (threadIdx.x == 0) {
      sums[blockIdx.x] = total;
    }
  }
}

__global__ void copy_vectors_kernel(int n, const float* x, float* y) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x) * 4;
  if (i < n) {
    *reinterpret_cast<float4*>(y + i) = *reinterpret_cast<const float4*>(x + i);
  }
}

template <bool kWithBarrier>
__global__ void mirror_kernel(const float* x, float* y) {
  __shared__ float values[64];
  const unsigned start = blockIdx.x * blockDim.x;
  values[threadIdx.x] = x[start + threadIdx.x];
  if constexpr (kWithBarrier) {
    __syncthreads();
  }
  y[start + threadIdx.x] = values[blockDim.x - 1 - threadIdx.x];
}

template <bool kWithBarrier>
__global__ void broadcast_kernel(const float* x, float* y) {
  __shared__ float value;
  if (threadIdx.x == 0) {
    value = x[0];
  }
  if constexpr (kWithBarrier) {
    __syncthreads();
  }
  y[threadIdx.x] = value;
}

__global__ void count_threads_kernel(unsigned* counts, unsigned* finished) {
  atomicAdd(&counts[0], 1U);
  __threadfence();
  __shared__ bool last;
  if (threadIdx.x == 0) {
    last = atomicInc(finished, gridDim.x - 1) == gridDim.x - 1;
  }
  __syncthreads();
  if (last && threadIdx.x == 0) {
    atomicAdd(&counts[1], 1U);
  }
}

__global__ void indices_2d_kernel(int* y) {
  const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
  const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
  const unsigned width = gridDim.x * blockDim.x;
  y[row * width + column] = static_cast<int>(row * 1000 + column);
}

__global__ void warp_functions_kernel(int* y) {
  const int lane = static_cast<int>(threadIdx.x);
  int sum = lane;
  for (int offset = 4; offset > 0; offset /= 2) {
    sum += __shfl_xor_sync(kAllLanes, sum, offset, 8);
  }
  y[lane] = sum;
  y[32 + lane] = static_cast<int>(__ballot_sync(kAllLanes, lane % 2));
  y[64 + lane] = __shfl_sync(kAllLanes, lane * 10, 5);
  y[96 + lane] = __shfl_up_sync(kAllLanes, lane, 3U);
  __syncwarp();
  if (lane >= 16) {  // half a warp for itself
    y[lane] += __shfl_down_sync(0xFFFF0000U, 1, 1U, 16);
  }
}

__global__ void barrier_counts_kernel(int* y) {
  const int i = static_cast<int>(threadIdx.x);
  y[i] = __syncthreads_count(i % 3 == 0) * 10 + __syncthreads_or(i == 7);
}

__global__ void out_of_shared_bounds_kernel(int index, float* y) {
  __shared__ float values[32];
  values[threadIdx.x] = 1.0F;
  __syncthreads();
  y[threadIdx.x] = values[index];
}

__global__ void wrong_kernel(Wrong wrong, float* y) {
  const unsigned i = threadIdx.x;
  const bool first_half = i < blockDim.x / 2;
  switch (wrong) {
    case Wrong::kBarrierInBranch:
      if (first_half) {
        __syncthreads();
      }
      break;
    case Wrong::kTwoBarriers:
      if (first_half) {
        __syncthreads();
      } else {
        __syncthreads();
      }
      break;
    case Wrong::kLaneOutsideMask:
      y[i] = __shfl_xor_sync(0x0000FFFFU, 1.0F, 1);
      break;
    case Wrong::kMaskedLaneElsewhere:
      if (i % 32 == 3) {
        __syncthreads();
      } else {
        y[i] = __shfl_xor_sync(kAllLanes, 1.0F, 1);
        __syncthreads();
      }
      break;
    case Wrong::kReadsLaneWithoutPart:
      if (i % 32 < 16) {
        y[i] = __shfl_xor_sync(0x0000FFFFU, 1.0F, 16);
      }
      break;
    case Wrong::kThrows:
      throw std::runtime_error("an exception in a kernel");
  }
}

__global__ void empty_kernel() {}

}  // namespace

using impasto::kernels::launch;

void axpy(int n, float a, const float* x, float* y, cudaStream_t stream) {
  launch(axpy_kernel, {static_cast<unsigned>((n + kThreads - 1) / kThreads), kThreads}, stream, n,
         a, x, y);
}

void block_sums(int blocks, const void* bf16_values, float* sums, bool with_barrier,
                cudaStream_t stream) {
  launch(with_barrier ? block_sums_kernel<__nv_bfloat16, true>
                      : block_sums_kernel<__nv_bfloat16, false>,
         {static_cast<unsigned>(blocks), kThreads}, stream,
         static_cast<const __nv_bfloat16*>(bf16_values), sums);
}

void copy_vectors(int n, const float* x, float* y, cudaStream_t stream) {
  launch(copy_vectors_kernel, {1U, 64U}, stream, n, x, y);
}

void mirror(int blocks, const float* x, float* y, bool with_barrier, cudaStream_t stream) {
  launch(with_barrier ? mirror_kernel<true> : mirror_kernel<false>,
         {static_cast<unsigned>(blocks), 64U}, stream, x, y);
}

void broadcast(const float* x, float* y, bool with_barrier, cudaStream_t stream) {
  launch(with_barrier ? broadcast_kernel<true> : broadcast_kernel<false>, {1U, 64U}, stream, x, y);
}

void count_threads(int blocks, int threads, unsigned* counts, cudaStream_t stream) {
  launch(count_threads_kernel, {static_cast<unsigned>(blocks), static_cast<unsigned>(threads)},
         stream, counts, counts + 2);
}

void indices_2d(dim3 grid, dim3 block, int* y, cudaStream_t stream) {
  cuda_emulation::launch(indices_2d_kernel, grid, block, stream, y);  // more than Grid can say
}

void warp_functions(int* y, cudaStream_t stream) {
  launch(warp_functions_kernel, {1U, 32U}, stream, y);
}

void barrier_counts(int* y, cudaStream_t stream) {
  launch(barrier_counts_kernel, {1U, 50U}, stream, y);
}

void out_of_shared_bounds(int index, float* y, cudaStream_t stream) {
  launch(out_of_shared_bounds_kernel, {1U, 32U}, stream, index, y);
}

void run_wrong(Wrong wrong, float* y, cudaStream_t stream) {
  launch(wrong_kernel, {1U, 64U}, stream, wrong, y);
}

void launch_badly(unsigned blocks, unsigned threads, cudaStream_t stream) {
  cuda_emulation::launch(empty_kernel, blocks, threads, stream);
}

}  // namespace cuda_emulation_test
