// Between pictures (float, CHW, normalised) and the network's first feature map (NHWC).
#include "kernels.hpp"
#include "launch.hpp"
#include "pack.hpp"

namespace impasto::kernels {
namespace {

/// One thread per pixel: three floats become one pack, whose other channels are zero.
template <typename T>
__global__ void image_in_kernel(const float* __restrict__ picture, T* __restrict__ y,
                                std::int64_t positions) {
  const std::int64_t m = thread_index();
  if (m >= positions) {
    return;
  }
  Pack<T> pixel{};
  for (int c = 0; c < 3; ++c) {
    pixel.values[c] = picture[c * positions + m];
  }
  pixel.store(y + m * kPackSize<T>);
}

template <typename T>
__global__ void dimage_in_kernel(const T* __restrict__ dy, float* __restrict__ dpicture,
                                 std::int64_t positions) {
  const std::int64_t m = thread_index();
  if (m >= positions) {
    return;
  }
  const Pack<T> pixel = Pack<T>::load(dy + m * kPackSize<T>);
  for (int c = 0; c < 3; ++c) {
    dpicture[c * positions + m] = pixel.values[c];
  }
}

}  // namespace

void image_in(const float* picture, const FeatureMap& y, cudaStream_t stream) {
  const std::int64_t positions = y.height * y.width;
  with_type(y.type, [&](auto t) {
    using T = decltype(t);
    launch(image_in_kernel<T>, grid_for(positions), stream, picture, y.as<T>(), positions);
  });
}

void dimage_in(const FeatureMap& dy, float* dpicture, cudaStream_t stream) {
  const std::int64_t positions = dy.height * dy.width;
  with_type(dy.type, [&](auto t) {
    using T = decltype(t);
    launch(dimage_in_kernel<T>, grid_for(positions), stream, dy.as<T>(), dpicture, positions);
  });
}

}  // namespace impasto::kernels
