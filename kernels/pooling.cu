// 2 × 2 pooling, stride 2. Backward writes every pixel of dx, so that a dropped last row or column
// gets its zeros in the same pass.
#include "kernels.hpp"
#include "launch.hpp"
#include "pack.hpp"
#include "relu.hpp"

namespace impasto::kernels {
namespace {

/// One pack of one pixel of an NHWC map of `width` × `packs` packs per row. 32 bits are enough for
/// maps of 64 channels up to 16384 × 16384, and divide several times faster than 64.
struct PackPlace {
  int i;
  int j;
  int pack;

  __host__ __device__ PackPlace(std::int64_t n, int width, int packs) {
    const auto index = static_cast<std::uint32_t>(n);
    const auto row = static_cast<std::uint32_t>(width);
    const auto depth = static_cast<std::uint32_t>(packs);
    const std::uint32_t position = index / depth;
    pack = static_cast<int>(index % depth);
    i = static_cast<int>(position / row);
    j = static_cast<int>(position % row);
  }
};

template <typename T>
__device__ const T* pixel(const T* map, int i, int j, int width, int packs, int pack) {
  return map + ((static_cast<std::int64_t>(i) * width + j) * packs + pack) * kPackSize<T>;
}

/// The larger; a NaN counts as largest.
__host__ __device__ inline float larger(float a, float b) {
  return b > a || b != b ? b : a;
}

/// Which of the four is the window's first maximum in row order.
__host__ __device__ inline int first_maximum(float a, float b, float c, float d) {
  if (a >= b && a >= c && a >= d) {
    return 0;
  }
  if (b >= c && b >= d) {
    return 1;
  }
  return c >= d ? 2 : 3;
}

template <typename T, bool kMaximum>
__global__ void pool_kernel(const T* __restrict__ x, T* __restrict__ y, int x_width, int y_width,
                            int packs, std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n >= count) {
    return;
  }
  const PackPlace at(n, y_width, packs);
  Pack<T> window[4];
  for (int k = 0; k < 4; ++k) {
    window[k] =
        Pack<T>::load(pixel(x, 2 * at.i + k / 2, 2 * at.j + k % 2, x_width, packs, at.pack));
  }
  Pack<T> result;
#pragma unroll
  for (int k = 0; k < kPackSize<T>; ++k) {
    const float a = window[0].values[k];
    const float b = window[1].values[k];
    const float c = window[2].values[k];
    const float d = window[3].values[k];
    result.values[k] = kMaximum ? larger(larger(a, b), larger(c, d)) : 0.25F * ((a + b) + (c + d));
  }
  result.store(y + n * kPackSize<T>);
}

/// One thread per window of dx, cut-off windows at the end included.
template <typename F, typename D, bool kMaximum>
__global__ void dpool_kernel(const D* __restrict__ dy, const F* __restrict__ x, D* __restrict__ dx,
                             bool behind_relu, int height, int width, int packs,
                             std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n >= count) {
    return;
  }
  const PackPlace at(n, (width + 1) / 2, packs);
  const bool whole = 2 * at.i + 1 < height && 2 * at.j + 1 < width;
  Pack<D> result[4] = {};
  if (whole) {
    const Pack<D> gradient = Pack<D>::load(pixel(dy, at.i, at.j, width / 2, packs, at.pack));
    Pack<F> window[4];
    if (kMaximum) {
      for (int k = 0; k < 4; ++k) {
        window[k] =
            Pack<F>::load(pixel(x, 2 * at.i + k / 2, 2 * at.j + k % 2, width, packs, at.pack));
      }
    }
#pragma unroll
    for (int v = 0; v < kPackSize<D>; ++v) {
      const int winner = kMaximum ? first_maximum(window[0].values[v], window[1].values[v],
                                                  window[2].values[v], window[3].values[v])
                                  : 0;
      for (int k = 0; k < 4; ++k) {
        float routed = k == winner ? gradient.values[v] : 0.0F;
        if (behind_relu) {
          routed = drelu_of(routed, window[k].values[v]);
        }
        result[k].values[v] = kMaximum ? routed : 0.25F * gradient.values[v];
      }
    }
  }
  for (int k = 0; k < 4; ++k) {
    const int i = 2 * at.i + k / 2;
    const int j = 2 * at.j + k % 2;
    if (i < height && j < width) {
      result[k].store(
          const_cast<D*>(pixel(static_cast<const D*>(dx), i, j, width, packs, at.pack)));
    }
  }
}

template <bool kMaximum>
void pool(const FeatureMap& x, const FeatureMap& y, cudaStream_t stream) {
  with_type(x.type, [&](auto t) {
    using T = decltype(t);
    launch(pool_kernel<T, kMaximum>, grid_for(y.packs()), stream, x.as<T>(), y.as<T>(), x.width,
           y.width, x.packs_per_pixel(), y.packs());
  });
}

template <typename F, typename D, bool kMaximum>
void dpool(const FeatureMap& dy, const void* x, const FeatureMap& dx, bool behind_relu,
           cudaStream_t stream) {
  const std::int64_t windows = ((dx.height + 1) / 2) * ((dx.width + 1) / 2);
  const std::int64_t count = windows * dx.packs_per_pixel();
  launch(dpool_kernel<F, D, kMaximum>, grid_for(count), stream, dy.as<D>(),
         static_cast<const F*>(x), dx.as<D>(), behind_relu, dx.height, dx.width,
         dx.packs_per_pixel(), count);
}

}  // namespace

void max_pool(const FeatureMap& x, const FeatureMap& y, cudaStream_t stream) {
  pool<true>(x, y, stream);
}

void dmax_pool(const FeatureMap& dy, const FeatureMap& x, const FeatureMap& dx, bool behind_relu,
               cudaStream_t stream) {
  with_types(x.type, [&](auto f, auto d) {
    dpool<decltype(f), decltype(d), true>(dy, x.data, dx, behind_relu, stream);
  });
}

void average_pool(const FeatureMap& x, const FeatureMap& y, cudaStream_t stream) {
  pool<false>(x, y, stream);
}

void daverage_pool(const FeatureMap& dy, const FeatureMap& dx, cudaStream_t stream) {
  with_type(dy.type, [&](auto d) {
    using D = decltype(d);
    dpool<D, D, false>(dy, nullptr, dx, false, stream);
  });
}

}  // namespace impasto::kernels
