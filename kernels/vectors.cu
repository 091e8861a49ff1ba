// What L-BFGS is made of: fill, scale, axpy, reductions of vectors, many products at once.
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

/// *value = combination of Term::of(x[n], y[n]).
template <typename Operation, typename Term>
__global__ void reduce_kernel(const float* x, const float* y, std::int64_t count,
                              Reduction reduction, double* value) {
  double mine = 0;
  for (std::int64_t n = thread_index(); n < count; n += grid_stride()) {
    mine = Operation::combine(mine, Term::of(x[n], y[n]));
  }
  finish_reduction<Operation>(mine, 1, reduction, value);
}

template <typename Operation, typename Term>
void reduce(const float* x, const float* y, std::int64_t count, double* value,
            const Reduction& reduction, cudaStream_t stream) {
  launch(reduce_kernel<Operation, Term>, reduction_grid(count), stream, x, y, count, reduction,
         value);
}

/// Blocks that share the elements of one vector: as many partial results as there is room for.
constexpr unsigned kDotBlocks = kMostPartials / (2 * kMostVectors);

/// partials[block] = the block's sum.
__device__ void keep_partial(double value, double* partials) {
  const double result = reduce_block<Sum>(value);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = result;
  }
}

/// One block for each value: values[block] = Σ of the partial results block · count, …,
/// block · count + count − 1.
__global__ void sum_partials(const double* partials, unsigned count, double* values) {
  const double sum = combine_partials<Sum>(partials + blockIdx.x * count, count);
  if (threadIdx.x == 0) {
    values[blockIdx.x] = sum;
  }
}

/// Block (b, n) leaves its share of Σ x[n] y, and of Σ x[n] z where there is a z, as partial result
/// b of value n, or of values 2n and 2n + 1.
template <bool kPair>
__global__ void dots_kernel(const __grid_constant__ VectorList x, const float* __restrict__ y,
                            const float* __restrict__ z, std::int64_t count, double* partials) {
  const float* __restrict__ left = x.at[blockIdx.y];
  double with_y = 0;
  double with_z = 0;
  for (std::int64_t n = thread_index(); n < count; n += grid_stride()) {
    with_y += Product::of(left[n], y[n]);
    if (kPair) {
      with_z += Product::of(left[n], z[n]);
    }
  }
  double* mine = partials + blockIdx.y * (kPair ? 2 : 1) * gridDim.x;
  keep_partial(with_y, mine);
  if (kPair) {
    __syncthreads();
    keep_partial(with_z, mine + gridDim.x);
  }
}

__global__ void combine_kernel(const __grid_constant__ VectorList x, float* y, bool accumulate,
                               std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n >= count) {
    return;
  }
  double sum = accumulate ? static_cast<double>(y[n]) : 0.0;
  for (unsigned term = 0; term < x.count; ++term) {
    sum += x.factor[term] * static_cast<double>(x.at[term][n]);
  }
  y[n] = static_cast<float>(sum);
}

}  // namespace

void dots(const VectorList& x, const float* y, const float* z, std::int64_t count, double* values,
          const Reduction& reduction, cudaStream_t stream) {
  const unsigned blocks = std::min(reduction_grid(count).blocks.x, kDotBlocks);
  const Grid grid{dim3(blocks, x.count), kThreads};
  launch(z != nullptr ? dots_kernel<true> : dots_kernel<false>, grid, stream, x, y, z, count,
         reduction.partials);
  launch(sum_partials, Grid{x.count * (z != nullptr ? 2 : 1), kThreads}, stream, reduction.partials,
         blocks, values);
}

void combine(const VectorList& x, float* y, bool accumulate, std::int64_t count,
             cudaStream_t stream) {
  launch(combine_kernel, grid_for(count), stream, x, y, accumulate, count);
}

void fill(float value, float* y, std::int64_t count, cudaStream_t stream) {
  launch(fill_kernel, grid_for(count), stream, value, y, count);
}

void scale(float a, float* y, std::int64_t count, cudaStream_t stream) {
  launch(scale_kernel, grid_for(count), stream, a, y, count);
}

void axpy(float a, const float* x, float* y, std::int64_t count, cudaStream_t stream) {
  launch(axpy_kernel, grid_for(count), stream, a, x, y, count);
}

void dot(const float* x, const float* y, std::int64_t count, double* value,
         const Reduction& reduction, cudaStream_t stream) {
  reduce<Sum, Product>(x, y, count, value, reduction, stream);
}

void absolute_sum(const float* x, std::int64_t count, double* value, const Reduction& reduction,
                  cudaStream_t stream) {
  reduce<Sum, Magnitude>(x, x, count, value, reduction, stream);
}

void absolute_max(const float* x, std::int64_t count, double* value, const Reduction& reduction,
                  cudaStream_t stream) {
  reduce<Max, Magnitude>(x, x, count, value, reduction, stream);
}

}  // namespace impasto::kernels
