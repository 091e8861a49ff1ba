// The way back through the first convolution, to the picture. Its three input channels would fill a
// small part of a tensor core's tile, and its gradient is as large as any: so one pass reads that
// gradient and its ReLU's mask, and writes the picture's gradient as it will be used.
//
//   dx[c](i, j) = Σ_k Σ_uv w[k,c](u, v) dz[k](i + 1 − u, j + 1 − v),  dz = dy, or dy masked by y
#include "kernels.hpp"
#include "launch.hpp"
#include "pack.hpp"
#include "relu.hpp"

namespace impasto::kernels {
namespace {

// A block makes kColumns × kRows pixels, each thread kAside of them side by side at a distance, so
// that neighbouring threads read neighbouring words of shared memory.
constexpr int kLanes = 16;
constexpr int kAside = 4;
constexpr int kColumns = kLanes * kAside;
constexpr int kRows = static_cast<int>(kThreads) / kLanes;
/// Of dz in shared memory: one more on each side. Rows start 16 banks apart.
constexpr int kTileRows = kRows + 2;
constexpr int kTileColumns = kColumns + 2;
constexpr int kPitch = 80;
static_assert(kPitch >= kTileColumns && kPitch % 32 == kLanes);

/// dz of one pack of channels, around the block's pixels, into `tile`.
template <typename F, typename D>
__device__ void load_tile(const D* dy, const F* y, int height, int width, int packs, int pack,
                          float (*tile)[kTileRows][kPitch]) {
  const int top = static_cast<int>(blockIdx.y) * kRows - 1;
  const int left = static_cast<int>(blockIdx.x) * kColumns - 1;
  for (int n = static_cast<int>(threadIdx.x); n < kTileRows * kTileColumns;
       n += static_cast<int>(kThreads)) {
    const int row = n / kTileColumns;
    const int column = n % kTileColumns;
    const int i = top + row;
    const int j = left + column;
    Pack<D> gradient{};  // zeros around the map
    if (i >= 0 && i < height && j >= 0 && j < width) {
      const std::int64_t at =
          ((static_cast<std::int64_t>(i) * width + j) * packs + pack) * kPackSize<D>;
      gradient = Pack<D>::load(dy + at);
      if (y != nullptr) {
        const Pack<F> output = Pack<F>::load(y + at);
#pragma unroll
        for (int v = 0; v < kPackSize<D>; ++v) {
          gradient.values[v] = drelu_of(gradient.values[v], output.values[v]);
        }
      }
    }
#pragma unroll
    for (int v = 0; v < kPackSize<D>; ++v) {
      tile[v][row][column] = gradient.values[v];
    }
  }
}

/// filters: one float4 for each of K × 9, the weights of the three channels. y null: no mask.
template <typename F, typename D>
__global__ void dfirst_convolution_kernel(const D* __restrict__ dy, const F* __restrict__ y,
                                          const float4* __restrict__ filters,
                                          float* __restrict__ dpicture, int height, int width,
                                          int packs) {
  __shared__ float tile[kPackSize<D>][kTileRows][kPitch];
  __shared__ float4 weights[kPackSize<D> * 9];
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  const int row = static_cast<int>(threadIdx.x) / kLanes;
  float sums[kAside][3] = {};
  for (int pack = 0; pack < packs; ++pack) {
    __syncthreads();  // the tile before was read
    load_tile(dy, y, height, width, packs, pack, tile);
    for (int n = static_cast<int>(threadIdx.x); n < kPackSize<D> * 9;
         n += static_cast<int>(kThreads)) {
      weights[n] = filters[pack * kPackSize<D> * 9 + n];
    }
    __syncthreads();
    for (int v = 0; v < kPackSize<D>; ++v) {
#pragma unroll
      for (int entry = 0; entry < 9; ++entry) {
        const float4 weight = weights[v * 9 + entry];
        const float* from = &tile[v][row + 2 - entry / 3][lane + 2 - entry % 3];
#pragma unroll
        for (int aside = 0; aside < kAside; ++aside) {
          const float dz = from[aside * kLanes];
          sums[aside][0] += weight.x * dz;
          sums[aside][1] += weight.y * dz;
          sums[aside][2] += weight.z * dz;
        }
      }
    }
  }
  const int i = static_cast<int>(blockIdx.y) * kRows + row;
  const std::int64_t plane = static_cast<std::int64_t>(height) * width;
#pragma unroll
  for (int aside = 0; aside < kAside; ++aside) {
    const int j = static_cast<int>(blockIdx.x) * kColumns + aside * kLanes + lane;
    if (i < height && j < width) {
      float* to = dpicture + static_cast<std::int64_t>(i) * width + j;
      to[0] = sums[aside][0];
      to[plane] = sums[aside][1];
      to[2 * plane] = sums[aside][2];
    }
  }
}

}  // namespace

void dfirst_convolution(const FeatureMap& dy, const FeatureMap& y, bool masked,
                        const float4* filters, float* dpicture, cudaStream_t stream) {
  const Grid grid{dim3(static_cast<unsigned>((dy.width + kColumns - 1) / kColumns),
                       static_cast<unsigned>((dy.height + kRows - 1) / kRows)),
                  kThreads};
  with_types(y.type, [&](auto f, auto d) {
    using F = decltype(f);
    using D = decltype(d);
    launch(dfirst_convolution_kernel<F, D>, grid, stream, dy.as<D>(),
           masked ? y.as<F>() : static_cast<F*>(nullptr), filters, dpicture, dy.height, dy.width,
           dy.packs_per_pixel());
  });
}

}  // namespace impasto::kernels
