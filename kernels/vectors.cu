// What L-BFGS is made of: fill, scale, axpy, and reductions of vectors.
#include "kernels.hpp"
#include "launch.hpp"
#include "reduce.hpp"

namespace impasto::kernels {
namespace {

__global__ void fill_kernel(float value, float* y, std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n < count) {
    y[n] = value;
  }
}

__global__ void scale_kernel(float a, float* y, std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n < count) {
    y[n] *= a;
  }
}

__global__ void axpy_kernel(float a, const float* __restrict__ x, float* __restrict__ y,
                            std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n < count) {
    y[n] += a * x[n];
  }
}

struct Product {
  __host__ __device__ static double of(float x, float y) {
    return static_cast<double>(x) * static_cast<double>(y);
  }
};

struct Magnitude {
  __host__ __device__ static double of(float x, float /*y*/) {
    return static_cast<double>(fabsf(x));
  }
};

/// partials[block] = combination of Term::of(x[n], y[n]) over the block's elements.
template <typename Operation, typename Term>
__global__ void reduce_kernel(const float* x, const float* y, std::int64_t count,
                              double* partials) {
  double mine = 0;
  for (std::int64_t n = thread_index(); n < count; n += grid_stride()) {
    mine = Operation::combine(mine, Term::of(x[n], y[n]));
  }
  keep_partial<Operation>(mine, partials);
}

template <typename Operation, typename Term>
void reduce(const float* x, const float* y, std::int64_t count, double* value, double* partials,
            cudaStream_t stream) {
  const Grid grid = reduction_grid(count);
  launch(reduce_kernel<Operation, Term>, grid, stream, x, y, count, partials);
  launch_combine<Operation>(partials, grid, 1.0, value, stream);
}

}  // namespace

void fill(float value, float* y, std::int64_t count, cudaStream_t stream) {
  launch(fill_kernel, grid_for(count), stream, value, y, count);
}

void scale(float a, float* y, std::int64_t count, cudaStream_t stream) {
  launch(scale_kernel, grid_for(count), stream, a, y, count);
}

void axpy(float a, const float* x, float* y, std::int64_t count, cudaStream_t stream) {
  launch(axpy_kernel, grid_for(count), stream, a, x, y, count);
}

void dot(const float* x, const float* y, std::int64_t count, double* value, double* partials,
         cudaStream_t stream) {
  reduce<Sum, Product>(x, y, count, value, partials, stream);
}

void absolute_sum(const float* x, std::int64_t count, double* value, double* partials,
                  cudaStream_t stream) {
  reduce<Sum, Magnitude>(x, x, count, value, partials, stream);
}

void absolute_max(const float* x, std::int64_t count, double* value, double* partials,
                  cudaStream_t stream) {
  reduce<Max, Magnitude>(x, x, count, value, partials, stream);
}

}  // namespace impasto::kernels
