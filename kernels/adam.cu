// Adam on pixels (Kingma & Ba 2015, algorithm 1), with the clamp to displayable pixels in the same
// pass. The step's number lies on the device, so that a captured iteration can be replayed: every
// block reads it, and the one that is last counts on.
#include "kernels.hpp"
#include "launch.hpp"
#include "reduce.hpp"

namespace impasto::kernels {
namespace {

/// x within the bounds of element n's channel. Chosen by comparison: an index into kernel
/// parameters would put them into local memory.
__host__ __device__ inline float clamped(float x, const ChannelBounds& bounds, std::int64_t n,
                                         std::int64_t positions) {
  const bool first = n < positions;
  const bool second = n < 2 * positions;
  const float low = first ? bounds.low[0] : second ? bounds.low[1] : bounds.low[2];
  const float high = first ? bounds.high[0] : second ? bounds.high[1] : bounds.high[2];
  return fminf(fmaxf(x, low), high);
}

__global__ void adam_kernel(AdamConstants constants, double* steps, unsigned* finished,
                            const float* __restrict__ g, float* __restrict__ m,
                            float* __restrict__ v, float* __restrict__ x, std::int64_t count,
                            std::int64_t positions, bool bounded, ChannelBounds bounds) {
  __shared__ float length;         // lr / (1 − β₁ᵗ)
  __shared__ float inverse_scale;  // 1 / √(1 − β₂ᵗ)
  const double t = *steps + 1;
  if (threadIdx.x == 0) {
    length = static_cast<float>(constants.learning_rate / (1 - pow(constants.beta1, t)));
    inverse_scale = static_cast<float>(1 / sqrt(1 - pow(constants.beta2, t)));
  }
  __syncthreads();
  const auto beta1 = static_cast<float>(constants.beta1);
  const auto beta2 = static_cast<float>(constants.beta2);
  const auto rest1 = static_cast<float>(1 - constants.beta1);
  const auto rest2 = static_cast<float>(1 - constants.beta2);
  const auto epsilon = static_cast<float>(constants.epsilon);
  for (std::int64_t n = thread_index(); n < count; n += grid_stride()) {
    const float gradient = g[n];
    const float first = beta1 * m[n] + rest1 * gradient;
    const float second = beta2 * v[n] + rest2 * gradient * gradient;
    m[n] = first;
    v[n] = second;
    const float moved = x[n] - length * first / (sqrtf(second) * inverse_scale + epsilon);
    x[n] = bounded ? clamped(moved, bounds, n, positions) : moved;
  }
  // All threads of all blocks have read *steps: this block's before its __syncthreads.
  if (threadIdx.x == 0 && is_last_block(finished)) {
    *steps = t;
  }
}

__global__ void clamp_kernel(ChannelBounds bounds, float* x, std::int64_t count,
                             std::int64_t positions) {
  const std::int64_t n = thread_index();
  if (n < count) {
    x[n] = clamped(x[n], bounds, n, positions);
  }
}

}  // namespace

void adam(const AdamConstants& constants, double* steps, const Reduction& reduction, const float* g,
          float* m, float* v, float* x, std::int64_t count, std::int64_t positions,
          const ChannelBounds* bounds, cudaStream_t stream) {
  launch(adam_kernel, reduction_grid(count), stream, constants, steps, reduction.finished, g, m, v,
         x, count, positions, bounds != nullptr, bounds != nullptr ? *bounds : ChannelBounds{});
}

void clamp(const ChannelBounds& bounds, float* x, std::int64_t count, std::int64_t positions,
           cudaStream_t stream) {
  launch(clamp_kernel, grid_for(count), stream, bounds, x, count, positions);
}

}  // namespace impasto::kernels
