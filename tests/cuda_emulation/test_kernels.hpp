// Little kernels, right and wrong ones, for the tests of the emulation itself.
#pragma once

#include <cuda_runtime_api.h>

namespace cuda_emulation_test {

/// y[i] = a x[i] + y[i]
void axpy(int n, float a, const float* x, float* y, cudaStream_t stream);
/// sums[block] = Σ of 256 bf16 values, by shuffles, shared memory and a barrier (or without it).
void block_sums(int blocks, const void* bf16_values, float* sums, bool with_barrier,
                cudaStream_t stream);
/// y[i] = x[i] for n a multiple of four, as float4.
void copy_vectors(int n, const float* x, float* y, cudaStream_t stream);
/// y[block][i] = x[block][threads − 1 − i] through shared memory, with the barrier or without it.
void mirror(int blocks, const float* x, float* y, bool with_barrier, cudaStream_t stream);
/// y[i] = x[0] through shared memory, with the barrier or without it.
void broadcast(const float* x, float* y, bool with_barrier, cudaStream_t stream);
/// counts[0] counts the threads, counts[1] the blocks that were last to finish (always one).
void count_threads(int blocks, int threads, unsigned* counts, cudaStream_t stream);
/// y[i] = the index a thread of a two-dimensional block in a two-dimensional grid sees.
void indices_2d(dim3 grid, dim3 block, int* y, cudaStream_t stream);
/// y[i] = votes, sums over sections of eight lanes.
void warp_functions(int* y, cudaStream_t stream);
/// What the threads at the barrier count together.
void barrier_counts(int* y, cudaStream_t stream);
void out_of_shared_bounds(int index, float* y, cudaStream_t stream);

/// Kernels that are undefined on hardware.
enum class Wrong {
  kBarrierInBranch,       ///< half of the block leaves before the barrier
  kTwoBarriers,           ///< the halves of the block wait at different barriers
  kLaneOutsideMask,       ///< a lane calls with a mask that lacks it
  kMaskedLaneElsewhere,   ///< a lane of the mask waits at the block's barrier
  kReadsLaneWithoutPart,  ///< a shuffle reads a lane outside its mask
  kThrows,
};
void run_wrong(Wrong wrong, float* y, cudaStream_t stream);
void launch_badly(unsigned blocks, unsigned threads, cudaStream_t stream);

}  // namespace cuda_emulation_test
