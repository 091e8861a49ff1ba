// ReLU and its gradient over feature maps, and the bias before it.
#include "kernels.hpp"
#include "launch.hpp"
#include "pack.hpp"
#include "relu.hpp"

namespace impasto::kernels {
namespace {

/// x and y may be the same memory, as may dy, y and dx below: no __restrict__.
template <typename T>
__global__ void relu_kernel(const T* x, T* y, std::int64_t packs) {
  const std::int64_t n = thread_index();
  if (n >= packs) {
    return;
  }
  Pack<T> pack = Pack<T>::load(x + n * kPackSize<T>);
#pragma unroll
  for (float& value : pack.values) {
    value = relu_of(value);
  }
  pack.store(y + n * kPackSize<T>);
}

template <typename F, typename D>
__global__ void drelu_kernel(const D* dy, const F* y, D* dx, std::int64_t packs) {
  const std::int64_t n = thread_index();
  if (n >= packs) {
    return;
  }
  Pack<D> gradient = Pack<D>::load(dy + n * kPackSize<D>);
  const Pack<F> output = Pack<F>::load(y + n * kPackSize<F>);
#pragma unroll
  for (int k = 0; k < kPackSize<D>; ++k) {
    gradient.values[k] = drelu_of(gradient.values[k], output.values[k]);
  }
  gradient.store(dx + n * kPackSize<D>);
}

template <typename F, typename D>
__global__ void drelu_of_sum_kernel(const D* dy, const D* addend, const F* y, D* dx,
                                    std::int64_t packs) {
  const std::int64_t n = thread_index();
  if (n >= packs) {
    return;
  }
  Pack<D> gradient = Pack<D>::load(dy + n * kPackSize<D>);
  const Pack<D> other = Pack<D>::load(addend + n * kPackSize<D>);
  const Pack<F> output = Pack<F>::load(y + n * kPackSize<F>);
#pragma unroll
  for (int k = 0; k < kPackSize<D>; ++k) {
    gradient.values[k] = drelu_of(gradient.values[k] + other.values[k], output.values[k]);
  }
  gradient.store(dx + n * kPackSize<D>);
}

template <typename T>
__global__ void add_bias_kernel(T* y, const float* __restrict__ bias, std::uint32_t packs_per_pixel,
                                std::int64_t packs, bool relu) {
  const std::int64_t n = thread_index();
  if (n >= packs) {
    return;
  }
  const float* channel = bias + static_cast<std::uint32_t>(n) % packs_per_pixel * kPackSize<T>;
  Pack<T> pack = Pack<T>::load(y + n * kPackSize<T>);
#pragma unroll
  for (int start = 0; start < kPackSize<T>; start += kPackSize<float>) {
    const Pack<float> addend = Pack<float>::load(channel + start);
#pragma unroll
    for (int k = 0; k < kPackSize<float>; ++k) {
      const float sum = pack.values[start + k] + addend.values[k];
      pack.values[start + k] = relu ? relu_of(sum) : sum;
    }
  }
  pack.store(y + n * kPackSize<T>);
}

}  // namespace

void relu(const FeatureMap& x, const FeatureMap& y, cudaStream_t stream) {
  with_type(x.type, [&](auto t) {
    using T = decltype(t);
    launch(relu_kernel<T>, grid_for(x.packs()), stream, x.as<T>(), y.as<T>(), x.packs());
  });
}

void drelu(const FeatureMap& dy, const FeatureMap& y, const FeatureMap& dx, cudaStream_t stream) {
  with_types(y.type, [&](auto f, auto d) {
    using F = decltype(f);
    using D = decltype(d);
    launch(drelu_kernel<F, D>, grid_for(y.packs()), stream, dy.as<D>(), y.as<F>(), dx.as<D>(),
           y.packs());
  });
}

void drelu_of_sum(const FeatureMap& dy, const FeatureMap& addend, const FeatureMap& y,
                  const FeatureMap& dx, cudaStream_t stream) {
  with_types(y.type, [&](auto f, auto d) {
    using F = decltype(f);
    using D = decltype(d);
    launch(drelu_of_sum_kernel<F, D>, grid_for(y.packs()), stream, dy.as<D>(), addend.as<D>(),
           y.as<F>(), dx.as<D>(), y.packs());
  });
}

void add_bias(const FeatureMap& y, const float* bias, bool relu, cudaStream_t stream) {
  with_type(y.type, [&](auto t) {
    using T = decltype(t);
    launch(add_bias_kernel<T>, grid_for(y.packs()), stream, y.as<T>(), bias, y.packs_per_pixel(),
           y.packs(), relu);
  });
}

}  // namespace impasto::kernels
