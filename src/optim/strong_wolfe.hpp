// Line search for a step that satisfies the strong Wolfe conditions (Nocedal & Wright 2006,
// algorithms 3.5 and 3.6, with the safeguards of Schmidt's minFunc). With φ(t) = f(x + t d):
//
//   φ(t) ≤ φ(0) + c₁ t φ′(0)   and   |φ′(t)| ≤ c₂ |φ′(0)|,      c₁ = 1e-4, c₂ = 0.9
#pragma once

#include <array>
#include <cstddef>

#include "optim/optimizer.hpp"
#include "optim/vectors.hpp"

namespace impasto {

/// φ and φ′ at t. `gradient` is which of the search's gradient vectors holds ∇f there.
struct LinePoint {
  double t = 0;
  double loss = 0;
  double slope = 0;
  std::size_t gradient = 0;
};

struct LineSearchResult {
  LinePoint point;     ///< the best point found; t = 0 when nothing was better than the start
  bool finite = true;  ///< false: an evaluation was not finite
  bool last = false;   ///< no more evaluations are allowed
};

class StrongWolfe {
 public:
  static constexpr std::size_t kVectors = 3;

  StrongWolfe(Backend& backend, const Shape& shape)
      : backend_(backend), gradients_(backend, shape, kVectors), scalar_(backend) {}

  /// Searches from `origin` along d, first trying step t. `loss`, `slope`: φ(0), φ′(0) < 0. Leaves
  /// x anywhere on the line.
  LineSearchResult search(Objective& objective, const Tensor& origin, const Tensor& d,
                          const Tensor& x, double t, double loss, double slope);

  /// ∇f at a result's point; valid until the next search, not for t = 0.
  [[nodiscard]] Tensor gradient(const LinePoint& point) const { return gradients_[point.gradient]; }

 private:
  struct Search;

  Backend& backend_;
  Vectors gradients_;
  HostScalar scalar_;
};

/// Minimiser of the cubic through two points' values and slopes, kept within [low, high]; the
/// middle where there is none.
double cubic_minimum(const LinePoint& a, const LinePoint& b, double low, double high);

}  // namespace impasto
