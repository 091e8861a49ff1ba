// Adam on pixels (Kingma & Ba 2015, algorithm 1), with the clamp to displayable pixels in the same
// pass. The step's number lies on the device, so that a captured iteration can be replayed.
#include "kernels.hpp"
#include "launch.hpp"

namespace impasto::kernels {
namespace {

/// scratch[0] = lr / (1 − β₁ᵗ), scratch[1] = 1 / √(1 − β₂ᵗ), with t = *steps + 1, which is kept.
__global__ void adam_begin_kernel(AdamConstants constants, double* steps, float* scratch) {
  const double t = *steps + 1;
  *steps = t;
  scratch[0] = static_cast<float>(constants.learning_rate / (1 - pow(constants.beta1, t)));
  scratch[1] = static_cast<float>(1 / sqrt(1 - pow(constants.beta2, t)));
}

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

__global__ void adam_kernel(AdamConstants constants, const float* __restrict__ scratch,
                            const float* __restrict__ g, float* __restrict__ m,
                            float* __restrict__ v, float* __restrict__ x, std::int64_t count,
                            std::int64_t positions, bool bounded, ChannelBounds bounds) {
  const std::int64_t n = thread_index();
  if (n >= count) {
    return;
  }
  const auto beta1 = static_cast<float>(constants.beta1);
  const auto beta2 = static_cast<float>(constants.beta2);
  const auto rest1 = static_cast<float>(1 - constants.beta1);
  const auto rest2 = static_cast<float>(1 - constants.beta2);
  const auto epsilon = static_cast<float>(constants.epsilon);
  const float gradient = g[n];
  const float first = beta1 * m[n] + rest1 * gradient;
  const float second = beta2 * v[n] + rest2 * gradient * gradient;
  m[n] = first;
  v[n] = second;
  float moved = x[n] - scratch[0] * first / (sqrtf(second) * scratch[1] + epsilon);
  if (bounded) {
    moved = clamped(moved, bounds, n, positions);
  }
  x[n] = moved;
}

__global__ void clamp_kernel(ChannelBounds bounds, float* x, std::int64_t count,
                             std::int64_t positions) {
  const std::int64_t n = thread_index();
  if (n < count) {
    x[n] = clamped(x[n], bounds, n, positions);
  }
}

}  // namespace

void adam(const AdamConstants& constants, double* steps, float* scratch, const float* g, float* m,
          float* v, float* x, std::int64_t count, std::int64_t positions,
          const ChannelBounds* bounds, cudaStream_t stream) {
  launch(adam_begin_kernel, Grid{1, 1}, stream, constants, steps, scratch);
  launch(adam_kernel, grid_for(count), stream, constants, scratch, g, m, v, x, count, positions,
         bounds != nullptr, bounds != nullptr ? *bounds : ChannelBounds{});
}

void clamp(const ChannelBounds& bounds, float* x, std::int64_t count, std::int64_t positions,
           cudaStream_t stream) {
  launch(clamp_kernel, grid_for(count), stream, bounds, x, count, positions);
}

}  // namespace impasto::kernels
