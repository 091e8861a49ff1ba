// Content loss: value c Σ (f − p)² and gradient 2c (f − p) in one pass over the feature maps.
#include "kernels.hpp"
#include "launch.hpp"
#include "pack.hpp"
#include "reduce.hpp"

namespace impasto::kernels {
namespace {

/// df null: the value alone.
template <typename F, typename D>
__global__ void squared_difference_kernel(const F* f, const F* p, D* df, float factor,
                                          bool accumulate, std::int64_t packs, double c,
                                          Reduction reduction, double* value) {
  double sum = 0;
  for (std::int64_t n = thread_index(); n < packs; n += grid_stride()) {
    const Pack<F> feature = Pack<F>::load(f + n * kPackSize<F>);
    const Pack<F> target = Pack<F>::load(p + n * kPackSize<F>);
    Pack<D> gradient{};
    if (df != nullptr && accumulate) {
      gradient = Pack<D>::load(df + n * kPackSize<D>);
    }
    float squares = 0;  // of one pack: the rest is added in double
#pragma unroll
    for (int k = 0; k < kPackSize<F>; ++k) {
      const float difference = feature.values[k] - target.values[k];
      squares += difference * difference;
      gradient.values[k] += factor * difference;
    }
    sum += static_cast<double>(squares);
    if (df != nullptr) {
      gradient.store(df + n * kPackSize<D>);
    }
  }
  finish_reduction<Sum>(sum, c, reduction, value);
}

}  // namespace

void squared_difference(double c, const FeatureMap& f, const FeatureMap& p, double* value,
                        const FeatureMap& df, bool accumulate, const Reduction& reduction,
                        cudaStream_t stream) {
  const Grid grid = reduction_grid(f.packs());
  with_types(f.type, [&](auto feature, auto gradient) {
    using F = decltype(feature);
    using D = decltype(gradient);
    launch(squared_difference_kernel<F, D>, grid, stream, f.as<F>(), p.as<F>(), df.as<D>(), 2 * c,
           accumulate, f.packs(), c, reduction, value);
  });
}

}  // namespace impasto::kernels
