// Between element types, and the log of loss values that stays on the device.
#include "kernels.hpp"
#include "launch.hpp"

namespace impasto::kernels {
namespace {

template <typename From, typename To>
__global__ void convert_kernel(const From* __restrict__ from, To* __restrict__ to,
                               std::int64_t count) {
  const std::int64_t n = thread_index();
  if (n < count) {
    to[n] = from_float<To>(to_float(from[n]));
  }
}

__global__ void append_kernel(const double* first, std::int64_t count, double* log, double* rows) {
  double* row = log + static_cast<std::int64_t>(*rows) * count;
  for (std::int64_t n = threadIdx.x; n < count; n += blockDim.x) {
    row[n] = first[n];
  }
  __syncthreads();  // every thread has read *rows
  if (threadIdx.x == 0) {
    *rows += 1;
  }
}

}  // namespace

void convert(const void* from, Element from_type, void* to, Element to_type, std::int64_t count,
             cudaStream_t stream) {
  with_type(from_type, [&](auto f) {
    with_type(to_type, [&](auto t) {
      using From = decltype(f);
      using To = decltype(t);
      launch(convert_kernel<From, To>, grid_for(count), stream, static_cast<const From*>(from),
             static_cast<To*>(to), count);
    });
  });
}

void append(const double* first, std::int64_t count, double* log, double* rows,
            cudaStream_t stream) {
  launch(append_kernel, Grid{1, 32}, stream, first, count, log, rows);
}

}  // namespace impasto::kernels
