// Style loss of two Gram matrices: value c Σ (g − a)² and gradient 2c (g − a), which may take g's
// place.
#include "kernels.hpp"
#include "launch.hpp"
#include "reduce.hpp"

namespace impasto::kernels {
namespace {

__global__ void matrix_difference_kernel(const float* g, const float* a, float* dg, float factor,
                                         std::int64_t count, double c, Reduction reduction,
                                         double* value) {
  double sum = 0;
  for (std::int64_t n = thread_index(); n < count; n += grid_stride()) {
    const float difference = g[n] - a[n];
    sum += static_cast<double>(difference) * static_cast<double>(difference);
    dg[n] = factor * difference;
  }
  finish_reduction<Sum>(sum, c, reduction, value);
}

}  // namespace

void matrix_difference(double c, const float* g, const float* a, std::int64_t count, double* value,
                       float* dg, const Reduction& reduction, cudaStream_t stream) {
  const Grid grid = reduction_grid(count);
  launch(matrix_difference_kernel, grid, stream, g, a, dg, 2 * c, count, c, reduction, value);
}

}  // namespace impasto::kernels
