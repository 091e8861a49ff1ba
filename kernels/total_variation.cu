// Total variation of a picture: value c/2 Σ (x→² + x↓²). Each pixel gathers its own gradient from
// its four neighbours, so no two threads write one place.
#include "kernels.hpp"
#include "launch.hpp"
#include "reduce.hpp"

namespace impasto::kernels {
namespace {

__global__ void total_variation_kernel(const float* __restrict__ x, float* __restrict__ dx,
                                       float factor, int height, int width, std::int64_t count,
                                       double c, Reduction reduction, double* value) {
  double sum = 0;
  for (std::int64_t n = thread_index(); n < count; n += grid_stride()) {
    const int j = static_cast<int>(n % width);
    const int i = static_cast<int>(n / width % height);
    const float here = x[n];
    const float right = j + 1 < width ? x[n + 1] - here : 0.0F;
    const float down = i + 1 < height ? x[n + width] - here : 0.0F;
    const float left = j > 0 ? here - x[n - 1] : 0.0F;
    const float up = i > 0 ? here - x[n - width] : 0.0F;
    sum += static_cast<double>(right * right + down * down);
    dx[n] += factor * (left + up - right - down);
  }
  finish_reduction<Sum>(sum, c, reduction, value);
}

}  // namespace

void total_variation(double c, const float* x, std::int64_t height, std::int64_t width,
                     double* value, float* dx, const Reduction& reduction, cudaStream_t stream) {
  const std::int64_t count = 3 * height * width;
  const Grid grid = reduction_grid(count);
  launch(total_variation_kernel, grid, stream, x, dx, c, height, width, count, c / 2, reduction,
         value);
}

}  // namespace impasto::kernels
