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
// The matrices, after Toom and Cook. A polynomial of degree n − 1 is fixed by its values at n
// points a, one of which may be ∞ (its leading coefficient), so the product of polynomials with m
// and 3 coefficients costs n = m + 2 products of values. Transposing that algorithm gives y_k = Σ_j
// g_j d_{k+j}, k < m. With M(x) = Π (x − a) over the finite points:
//   row a of G:  g's value at a, (1, a, a²), here divided by |a|; rows 0 and ∞: (1, 0, 0), (0, 0,
//   1); row a of Bᵀ: the coefficients of M(x) / (x − a); row ∞: those of M(x); column a of Aᵀ: the
//   powers a⁰ … a^(m−1), times |a| / M'(a); column ∞: (0, …, 0, 1).
// The points are 0, ±√2, ±1/√2, ∞ for m = 4 (smaller errors than with the customary ±1, ±2) and
// 0, ±1, ±2, ±1/2, ∞ for m = 6; pairs ±a share their even and odd halves. On the choice of points:
// B. Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution, ACM TOMS
// 2020. The transforms in factored form and the other inner loops: simd_kernels.hpp.
#pragma once

#include <memory>

#include "backend/cpu/convolution_pass.hpp"
#include "backend/cpu/filters.hpp"
#include "backend/cpu/simd_kernels.hpp"
#include "core/thread_pool.hpp"

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

std::unique_ptr<ConvolutionPass> make_winograd_pass(ThreadPool& pool, Filters& filters,
                                                    Direction direction, const PassSpec& spec,
                                                    const WinogradBlocking& blocking);

}  // namespace impasto::cpu
