// The CPU backend's inner loops in explicit SIMD, compiled once per instruction set (Highway) and
// chosen when the program starts. Four of them make a Winograd convolution; the matrix
// products also serve the Gram matrices.
#pragma once

#include <cstdint>
#include <vector>

namespace impasto::cpu {

/// Channels that lie together in a left operand (`a` below), on every instruction set.
inline constexpr std::int64_t kChannelBlock = 16;

/// F(m × m, 3 × 3) by its m. Derivation: winograd_convolution.hpp.
enum class TileSize { kFour, kSix };
inline constexpr int kTileSizes = 2;

constexpr std::int64_t output_side(TileSize size) {
  return size == TileSize::kFour ? 4 : 6;
}
/// m + 2
constexpr std::int64_t input_side(TileSize size) {
  return output_side(size) + 2;
}
/// Products of one tile: n = (m + 2)².
constexpr std::int64_t product_count(TileSize size) {
  return input_side(size) * input_side(size);
}
inline constexpr std::int64_t kMostProducts = product_count(TileSize::kSix);

/// Where one tile's transform reads: `pixel[i]`, the channels of each of its n pixels in row order
/// (those outside the picture point at zeros).
struct TileSource {
  const float* pixel[kMostProducts];
  const float* mask[kMostProducts];  ///< likewise, where `masked`: a pixel's channels count where
                                     ///< its mask's are positive
  bool masked = false;
};
/// Where one tile's inverse transform writes: the channels of each of its m² pixels in row order
/// (those outside the picture point at memory that nobody reads).
struct TileTarget {
  float* pixel[kMostProducts];
};

/// One instruction set's kernels.
struct SimdKernels {
  const char* name = nullptr;  ///< "AVX3", "AVX2", "NEON"
  std::int64_t lanes = 0;      ///< floats in a vector
  std::int64_t rows = 0;       ///< most rows of one product
  std::int64_t panel = 0;      ///< columns of one product: two vectors

  /// u[e · stride + c · panel + k] = (G w Gᵀ)[e] for c < channels, k < panel; w is
  /// (channels × 9 × panel).
  void (*transform_filters[kTileSizes])(const float* w, std::int64_t channels, float* u,
                                        std::int64_t stride) = {};
  /// v[e · stride + (c / 16) · rows · 16 + c % 16] = (Bᵀ d B)[e] for c < channels, a multiple
  /// of 16.
  void (*transform_input[kTileSizes])(const TileSource& tile, std::int64_t channels,
                                      std::int64_t rows, float* v, std::int64_t stride) = {};
  /// pixel[p][k] = (Aᵀ m A)[p] + bias[k], then max(·, 0) where `relu` is set, for k < channels;
  /// m[e] at product + e · stride. `product` and `bias` may be read up to the next whole vector.
  void (*transform_output[kTileSizes])(const float* product, std::int64_t stride,
                                       std::int64_t channels, const float* bias, bool relu,
                                       const TileTarget& tile) = {};
  /// c[r · ldc + n] = or += Σ_k a[r, k] b[k, n] for r < rows, n < panel. a is stored as (depth /
  /// 16) blocks of rows × 16, b as depth × panel.
  void (*multiply)(std::int64_t rows, const float* a, const float* b, std::int64_t depth, float* c,
                   std::int64_t ldc, bool accumulate) = nullptr;
  /// c[r · ldc + n] = or += Σ_k a[k, r] b[k, n] for r < correlation_rows, n < panel, both stored as
  /// depth × panel: some rows of a Gram matrix.
  void (*correlate)(const float* a, const float* b, std::int64_t depth, float* c, std::int64_t ldc,
                    bool accumulate) = nullptr;
  std::int64_t correlation_rows = 0;  ///< divides panel
};

/// The best that this machine runs.
const SimdKernels& simd_kernels();

/// Every instruction set that this machine runs, for tests. Not while another thread calls this.
std::vector<SimdKernels> all_simd_kernels();

}  // namespace impasto::cpu
