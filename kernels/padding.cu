// One pixel around a feature map: mirrored without the border (reflect), or the border repeated.
#include "kernels.hpp"
#include "launch.hpp"
#include "pack.hpp"

namespace impasto::kernels {
namespace {

/// Source coordinate of padded coordinate p ∈ [0, n+1]; see src/backend/pad_source.hpp.
__host__ __device__ inline int source(bool reflect, int p, int n) {
  if (p == 0) {
    return reflect ? 1 : 0;
  }
  if (p == n + 1) {
    return reflect ? n - 2 : n - 1;
  }
  return p - 1;
}

template <typename T>
__global__ void pad_kernel(const T* __restrict__ x, T* __restrict__ y, bool reflect, int height,
                           int width, int packs, std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n >= count) {
    return;
  }
  const std::int64_t position = n / packs;
  const int i = source(reflect, static_cast<int>(position / (width + 2)), height);
  const int j = source(reflect, static_cast<int>(position % (width + 2)), width);
  const std::int64_t from = (static_cast<std::int64_t>(i) * width + j) * packs + n % packs;
  Pack<T>::load(x + from * kPackSize<T>).store(y + n * kPackSize<T>);
}

/// A pixel collects from its own padded place and, along each axis, from the border that was copied
/// from it: at most three rows and three columns.
template <typename T>
__global__ void dpad_kernel(const T* __restrict__ dy, T* __restrict__ dx, bool reflect, int height,
                            int width, int packs, std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n >= count) {
    return;
  }
  const std::int64_t position = n / packs;
  const int i = static_cast<int>(position / width);
  const int j = static_cast<int>(position % width);
  const int rows[3] = {i + 1, 0, height + 1};
  const int columns[3] = {j + 1, 0, width + 1};
  Pack<T> sum{};
  for (const int p : rows) {
    if (source(reflect, p, height) != i) {
      continue;
    }
    for (const int q : columns) {
      if (source(reflect, q, width) != j) {
        continue;
      }
      const std::int64_t from =
          (static_cast<std::int64_t>(p) * (width + 2) + q) * packs + n % packs;
      const Pack<T> gradient = Pack<T>::load(dy + from * kPackSize<T>);
#pragma unroll
      for (int k = 0; k < kPackSize<T>; ++k) {
        sum.values[k] += gradient.values[k];
      }
    }
  }
  sum.store(dx + n * kPackSize<T>);
}

}  // namespace

void pad(bool reflect, const FeatureMap& x, const FeatureMap& y, cudaStream_t stream) {
  with_type(x.type, [&](auto t) {
    using T = decltype(t);
    launch(pad_kernel<T>, grid_for(y.packs()), stream, x.as<T>(), y.as<T>(), reflect, x.height,
           x.width, x.packs_per_pixel(), y.packs());
  });
}

void dpad(bool reflect, const FeatureMap& dy, const FeatureMap& dx, cudaStream_t stream) {
  with_type(dy.type, [&](auto t) {
    using T = decltype(t);
    launch(dpad_kernel<T>, grid_for(dx.packs()), stream, dy.as<T>(), dx.as<T>(), reflect, dx.height,
           dx.width, dx.packs_per_pixel(), dx.packs());
  });
}

}  // namespace impasto::kernels
