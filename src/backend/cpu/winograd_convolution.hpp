// 3 × 3 convolutions with fewer products: Winograd's F(m × m, 3 × 3), m = 4 or 6.
// S. Winograd, Arithmetic Complexity of Computations, 1980; A. Lavin & S. Gray, Fast Algorithms for
// Convolutional Neural Networks, CVPR 2016.
//
// The output is cut into m × m tiles. A tile needs (m + 2)² input pixels d; with the filter g,
//   y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A,
// and Σ over the input channels can be taken before the outer transform. So one tile costs
// (m + 2)² products per pair of channels where the direct algorithm takes 9 m²: 4 times fewer for
// m = 4, 5.06 for m = 6. Element e of all tiles' Bᵀ d B makes a matrix (tiles × channels), which is
// multiplied by element e of all filters' G g Gᵀ (channels × filters): (m + 2)² matrix products.
//
// The derivation of the matrices is in winograd_algebra.hpp; the loops below these are in
// simd_kernels.hpp.
#pragma once

#include <memory>

#include "backend/cpu/convolution_pass.hpp"
#include "backend/cpu/filters.hpp"
#include "backend/cpu/simd_kernels.hpp"

namespace impasto::cpu {

/// How the work is cut.
struct WinogradBlocking {
  TileSize size = TileSize::kFour;
  /// Tiles that are transformed, multiplied and transformed back together.
  std::int64_t tiles = 64;
  /// Every thread works on the same tiles, on filters of its own; else on tiles of its own, with
  /// all filters. The first suits deep layers (few tiles, many filters), the second shallow ones.
  bool shared = false;
  /// Filters are transformed anew for each block of tiles instead of kept transformed, which takes
  /// (m + 2)² / 9 times their memory.
  bool transform_filters = false;
};

/// Whether the algorithm can take these channels.
bool winograd_takes(const PassSpec& spec);

std::unique_ptr<ConvolutionPass> make_winograd_pass(Filters& filters, Direction direction,
                                                    const PassSpec& spec,
                                                    const WinogradBlocking& blocking);

}  // namespace impasto::cpu
