// What losses on means and covariances are made of, beside cuBLAS's products. Formulas:
// src/backend/reference/matrix_operations.hpp.
#include "kernels.hpp"
#include "launch.hpp"
#include "pack.hpp"
#include "reduce.hpp"

namespace impasto::kernels {
namespace {

constexpr unsigned kWarp = 32;
constexpr unsigned kLanes = kThreads / kWarp;  ///< positions that a block reads at a time

/// What a tensor core sees of a float: it cuts off all but 10 bits of the mantissa.
__device__ float as_tf32(float value) {
  return __uint_as_float(__float_as_uint(value) & ~0x1FFFU);
}

/// Block (c, s) adds the channels 32c … 32c + 31 over slice s of the positions:
/// partials[s · C + channel] = its sum.
template <typename T>
__global__ void channel_sums_kernel(const T* f, unsigned channels, unsigned stored,
                                    std::int64_t positions, std::int64_t slice, bool tf32,
                                    double* partials) {
  __shared__ double sums[kLanes][kWarp];
  const unsigned lane = threadIdx.x / kWarp;
  const unsigned channel = blockIdx.x * kWarp + threadIdx.x % kWarp;
  const std::int64_t first = blockIdx.y * slice;
  const std::int64_t end = first + slice < positions ? first + slice : positions;
  double sum = 0;
  if (channel < channels) {
    for (std::int64_t m = first + lane; m < end; m += kLanes) {
      const float value = to_float(f[m * stored + channel]);
      sum += static_cast<double>(tf32 ? as_tf32(value) : value);
    }
  }
  sums[lane][threadIdx.x % kWarp] = sum;
  __syncthreads();
  if (lane == 0 && channel < channels) {
    for (unsigned other = 1; other < kLanes; ++other) {
      sum += sums[other][threadIdx.x];
    }
    partials[blockIdx.y * channels + channel] = sum;
  }
}

__global__ void channel_means_kernel(const double* partials, unsigned slices, unsigned channels,
                                     double positions, float* mean) {
  const auto channel = static_cast<unsigned>(thread_index());
  if (channel >= channels) {
    return;
  }
  double sum = 0;
  for (unsigned slice = 0; slice < slices; ++slice) {
    sum += partials[slice * channels + channel];
  }
  mean[channel] = static_cast<float>(sum / positions);
}

/// Padding channels stay as they are.
template <typename T>
__global__ void add_to_channels_kernel(float a, const float* __restrict__ values, unsigned channels,
                                       T* df, std::uint32_t packs_per_pixel, std::int64_t packs) {
  const std::int64_t n = thread_index();
  if (n >= packs) {
    return;
  }
  const unsigned first = static_cast<std::uint32_t>(n) % packs_per_pixel * kPackSize<T>;
  Pack<T> gradient = Pack<T>::load(df + n * kPackSize<T>);
#pragma unroll
  for (int k = 0; k < kPackSize<T>; ++k) {
    const unsigned channel = first + static_cast<unsigned>(k);
    gradient.values[k] += channel < channels ? a * values[channel] : 0.0F;
  }
  gradient.store(df + n * kPackSize<T>);
}

__global__ void divide_by_norm_kernel(const float* x, const double* squares, float* y,
                                      std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n < count) {
    y[n] = *squares > 0 ? static_cast<float>(static_cast<double>(x[n]) / sqrt(*squares)) : 0.0F;
  }
}

/// The trace of a matrix of `side` rows, in every thread of the block.
__device__ double trace_of(const float* x, unsigned side) {
  __shared__ double trace;
  double mine = 0;
  for (unsigned n = threadIdx.x; n < side; n += kThreads) {
    mine += static_cast<double>(x[static_cast<std::int64_t>(n) * side + n]);
  }
  const double sum = reduce_block<Sum>(mine);
  if (threadIdx.x == 0) {
    trace = sum;
  }
  __syncthreads();
  const double result = trace;
  __syncthreads();  // it may be called again
  return result;
}

__global__ void bures_kernel(double c, const float* s, const double* squares, const double* product,
                             const float* x, const float* y, const float* d, unsigned side,
                             double* value, float* dc) {
  const double root = sqrt(sqrt(*squares));
  const double trace_y = trace_of(y, side);
  const double factor = *squares > 0 ? -2 * c / root : 0;
  const std::int64_t n = thread_index();
  if (n < static_cast<std::int64_t>(side) * side) {
    dc[n] = static_cast<float>(factor * (static_cast<double>(d[n]) +
                                         (trace_y / 2 - *product) * static_cast<double>(x[n])));
  }
  if (blockIdx.x == 0) {
    const double trace_s = trace_of(s, side);
    if (threadIdx.x == 0) {
      *value += c * (trace_s - 2 * root * trace_y);
    }
  }
}

}  // namespace

void channel_means(const FeatureMap& f, std::int64_t channels, bool tf32, float* mean,
                   const Reduction& reduction, cudaStream_t stream) {
  const std::int64_t positions = f.height * f.width;
  for (std::int64_t first = 0; first < channels; first += kMostPartials) {
    const std::int64_t count = std::min<std::int64_t>(kMostPartials, channels - first);
    const std::int64_t most =
        std::clamp<std::int64_t>(positions / (8 * kLanes), 1, kMostPartials / count);
    const std::int64_t slice = (positions + most - 1) / most;
    const auto slices = static_cast<unsigned>((positions + slice - 1) / slice);
    const auto groups = static_cast<unsigned>((count + kWarp - 1) / kWarp);
    with_type(f.type, [&](auto t) {
      using T = decltype(t);
      launch(channel_sums_kernel<T>, Grid{dim3(groups, slices), kThreads}, stream,
             f.as<T>() + first, count, f.stored_channels, positions, slice, tf32,
             reduction.partials);
    });
    launch(channel_means_kernel, grid_for(count), stream, reduction.partials, slices, count,
           positions, mean + first);
  }
}

void add_to_channels(float a, const float* values, std::int64_t channels, const FeatureMap& df,
                     cudaStream_t stream) {
  with_type(df.type, [&](auto t) {
    using T = decltype(t);
    launch(add_to_channels_kernel<T>, grid_for(df.packs()), stream, a, values, channels, df.as<T>(),
           df.packs_per_pixel(), df.packs());
  });
}

void divide_by_norm(const float* x, const double* squares, float* y, std::int64_t count,
                    cudaStream_t stream) {
  launch(divide_by_norm_kernel, grid_for(count), stream, x, squares, y, count);
}

void bures_distance(double c, const float* s, const double* squares, const double* product,
                    const float* x, const float* y, const float* d, std::int64_t side,
                    double* value, float* dc, cudaStream_t stream) {
  launch(bures_kernel, grid_for(side * side), stream, c, s, squares, product, x, y, d, side, value,
         dc);
}

}  // namespace impasto::kernels
