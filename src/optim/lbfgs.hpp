// L-BFGS (Nocedal 1980; Nocedal & Wright 2006, section 7.2) on pixels: x ← x + t d, d = −H g.
//
// Without a line search it follows torch.optim.LBFGS with max_iter = 1 to the letter: first step
// t = min(1, 1/‖g‖₁) · lr, then t = lr; no tolerance ends it. With strong Wolfe, x is always the
// best iterate: a direction that does not descend, or along which nothing is gained, makes it
// forget its history and go down the gradient; if that gains nothing either, it has converged.
//
// With strong Wolfe the path does not depend on the loss's unit: c · f leads through the same
// pictures as f. The first trial is t = lr / ‖g‖₁, torch's wherever ‖g‖₁ ≥ 1; the pairs kept are
// those with yᵀs > 0; and H₀ = yᵀs / yᵀy brings 1/c into every later step.
//
// The host waits for the device once an evaluation: everything that it wants to know of the new
// point comes with the loss (lbfgs_questions.hpp), and the next direction follows from it.
#pragma once

#include <optional>

#include "optim/lbfgs_history.hpp"
#include "optim/lbfgs_questions.hpp"
#include "optim/optimizer.hpp"
#include "optim/strong_wolfe.hpp"

namespace impasto {

struct LbfgsOptions {
  double learning_rate = 1;
  std::size_t history = 10;
  LineSearch line_search = LineSearch::kStrongWolfe;
};

class Lbfgs final : public Optimizer {
 public:
  static constexpr std::size_t kVectors = 4;

  Lbfgs(Backend& backend, const Shape& shape, const LbfgsOptions& options,
        const std::optional<PixelBounds>& bounds);

  OptimizerResult minimise(Objective& objective, const Tensor& x) override;
  /// Numbers: learning rate; then, where the current point is known, its loss; then loss and slope
  /// of each trial of a line search that was cut short. Vectors: the current point and its
  /// gradient, then the gradients that the search holds.
  [[nodiscard]] OptimizerState state() const override;
  void resume(const OptimizerState& state) override;
  void restart_at_half_step() override;

 private:
  OptimizerResult minimise_without_search(Objective& objective, const Tensor& x);
  OptimizerResult minimise_with_search(Objective& objective, const Tensor& x);
  /// How far to go down the gradient when nothing is known of the curvature.
  [[nodiscard]] double gradient_step() const;
  /// x, where the gradient is `g_new`, becomes the current point, and the history's next pair,
  /// which leads there, is kept if its curvature is large enough.
  void arrive(const Tensor& x, double loss, const Tensor& g_new, const PointFacts& facts,
              double least_curvature);
  /// d at the current point, and the slope along it: of the gradient's alone where rounding has
  /// spoilt the pairs' so that it does not descend.
  double descent();
  /// The history's pairs from a state, and what is to be known of the current point.
  void restore_history(const std::vector<std::vector<float>>& pairs);

  [[nodiscard]] Tensor point() const { return vectors_[0]; }
  [[nodiscard]] Tensor gradient() const { return vectors_[1]; }  // at point()
  [[nodiscard]] Tensor d() const { return vectors_[2]; }

  Backend& backend_;
  LbfgsOptions options_;
  std::optional<PixelBounds> bounds_;
  LbfgsHistory history_;
  Vectors vectors_;  // point, its gradient, direction, a gradient that is new
  LbfgsQuestions questions_;
  std::optional<StrongWolfe> search_;
  std::optional<double> loss_;  // at point(); nothing before the first evaluation
  double absolute_sum_ = 0;     // of gradient()
};

}  // namespace impasto
