// Style loss of two Gram matrices: value c Σ (g − a)² and gradient 2c (g − a), which may take g's
// place. A Gram matrix of many positions comes in pieces, each of some of the positions, whose sum
// it is.
#include "kernels.hpp"
#include "launch.hpp"
#include "reduce.hpp"

namespace impasto::kernels {
namespace {

/// Element n of the sum of the matrices, added in double and in their order.
__device__ float sum_of_pieces(const float* pieces, unsigned count_of_pieces, std::int64_t count,
                               std::int64_t n) {
  double sum = 0;
  for (unsigned piece = 0; piece < count_of_pieces; ++piece) {
    sum += static_cast<double>(pieces[piece * count + n]);
  }
  return static_cast<float>(sum);
}

template <typename D>
__global__ void difference_kernel(const float* g, unsigned pieces, const float* a, D* dg,
                                  float factor, std::int64_t count, double c, Reduction reduction,
                                  double* value) {
  double sum = 0;
  for (std::int64_t n = thread_index(); n < count; n += grid_stride()) {
    const float difference = sum_of_pieces(g, pieces, count, n) - a[n];
    sum += static_cast<double>(difference) * static_cast<double>(difference);
    dg[n] = from_float<D>(factor * difference);
  }
  finish_reduction<Sum>(sum, c, reduction, value);
}

__global__ void sum_kernel(const float* pieces, unsigned count_of_pieces, std::int64_t count,
                           float* g) {
  const std::int64_t n = thread_index();
  if (n < count) {
    g[n] = sum_of_pieces(pieces, count_of_pieces, count, n);
  }
}

}  // namespace

void matrix_difference(double c, const float* g, const float* a, std::int64_t count, double* value,
                       float* dg, const Reduction& reduction, cudaStream_t stream) {
  sum_difference(c, g, 1, a, count, value, dg, Element::kFloat, reduction, stream);
}

void sum_difference(double c, const float* g_pieces, unsigned pieces, const float* a,
                    std::int64_t count, double* value, void* dg, Element type,
                    const Reduction& reduction, cudaStream_t stream) {
  with_type(type, [&](auto t) {
    using D = decltype(t);
    launch(difference_kernel<D>, reduction_grid(count), stream, g_pieces, pieces, a,
           static_cast<D*>(dg), 2 * c, count, c, reduction, value);
  });
}

void sum_matrices(const float* g_pieces, unsigned pieces, std::int64_t count, float* g,
                  cudaStream_t stream) {
  launch(sum_kernel, grid_for(count), stream, g_pieces, pieces, count, g);
}

}  // namespace impasto::kernels
