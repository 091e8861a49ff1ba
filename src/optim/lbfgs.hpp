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
#pragma once

#include <optional>

#include "optim/lbfgs_history.hpp"
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
  double gradient_step();
  /// Remembers the step from the current point to x, where the gradient is `g_new`, and makes x the
  /// current point.
  void arrive(const Tensor& x, double loss, const Tensor& g_new, double least_curvature);

  [[nodiscard]] Tensor point() const { return vectors_[0]; }
  [[nodiscard]] Tensor gradient() const { return vectors_[1]; }  // at point()

  Backend& backend_;
  LbfgsOptions options_;
  std::optional<PixelBounds> bounds_;
  LbfgsHistory history_;
  Vectors vectors_;  // point, its gradient, direction, a gradient that is new
  HostScalar scalar_;
  std::optional<StrongWolfe> search_;
  std::optional<double> loss_;  // at point(); nothing before the first evaluation
};

}  // namespace impasto
