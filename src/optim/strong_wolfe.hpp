// Line search for a step that satisfies the strong Wolfe conditions (Nocedal & Wright 2006,
// algorithms 3.5 and 3.6, with the safeguards of Schmidt's minFunc). With φ(t) = f(x + t d):
//
//   φ(t) ≤ φ(0) + c₁ t φ′(0)   and   |φ′(t)| ≤ c₂ |φ′(0)|,      c₁ = 1e-4, c₂ = 0.9
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "optim/lbfgs_questions.hpp"
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

/// What was found at one trial step.
struct Trial {
  double loss = 0;
  double slope = 0;
};

struct LineSearchResult {
  LinePoint point;     ///< the best point found; t = 0 when nothing was better than the start
  bool finite = true;  ///< false: an evaluation was not finite
  bool last = false;   ///< no more evaluations are allowed
};

class StrongWolfe {
 public:
  static constexpr std::size_t kVectors = 3;

  /// `questions` outlives this.
  StrongWolfe(Backend& backend, const Shape& shape, LbfgsQuestions& questions);

  /// Searches from `origin` along d, first trying step t. `loss`, `slope`: φ(0), φ′(0) < 0. Leaves
  /// x anywhere on the line. A search that the last allowed evaluation cuts short keeps its trials:
  /// called again with the same arguments it goes through them without evaluating anything, and so
  /// goes on where it was.
  LineSearchResult search(Objective& objective, const Tensor& origin, const Tensor& d,
                          const Tensor& x, double t, double loss, double slope);

  /// ∇f at a result's point; valid until the next search, not for t = 0.
  [[nodiscard]] Tensor gradient(const LinePoint& point) const { return gradients_[point.gradient]; }

  /// What the search's questions said there; nothing where the search was restored from a state.
  [[nodiscard]] const PointFacts* facts(const LinePoint& point) const {
    return known_[point.gradient] ? &facts_[point.gradient] : nullptr;
  }

  /// A search that was cut short: its trials in order, and the vectors that hold their gradients.
  [[nodiscard]] const std::vector<Trial>& trials() const { return trials_; }
  [[nodiscard]] std::vector<std::vector<float>> gradients() const;
  /// The next search is that one. Throws InputError where the sizes differ.
  void restore(const std::vector<Trial>& trials, const std::vector<std::vector<float>>& gradients);
  /// The next search begins anew.
  void forget() { trials_.clear(); }

 private:
  struct Search;

  Backend& backend_;
  LbfgsQuestions& questions_;
  Vectors gradients_;
  std::array<PointFacts, kVectors> facts_;  // of the gradients
  std::array<bool, kVectors> known_{};
  std::vector<Trial> trials_;  // of the search that is going on
};

/// Minimiser of the cubic through two points' values and slopes, kept within [low, high]; the
/// middle where there is none.
double cubic_minimum(const LinePoint& a, const LinePoint& b, double low, double high);

}  // namespace impasto
