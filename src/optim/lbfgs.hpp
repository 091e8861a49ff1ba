// L-BFGS (Nocedal 1980; Nocedal & Wright 2006, section 7.2) on pixels: x ← x + t d, d = −H g.
//
// Without a line search it follows torch.optim.LBFGS with max_iter = 1 to the letter: first step
// t = min(1, 1/‖g‖₁) · lr, then t = lr; no tolerance ends it. With strong Wolfe, x is always the
// best iterate: a direction that does not descend, or along which nothing is gained, makes it
// forget its history and go down the gradient; if that gains nothing either, it has converged.
#pragma once

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
  [[nodiscard]] OptimizerState state() const override;
  void resume(const OptimizerState& state) override;
  void halve_step() override { options_.learning_rate /= 2; }

 private:
  OptimizerResult minimise_without_search(Objective& objective, const Tensor& x);
  OptimizerResult minimise_with_search(Objective& objective, const Tensor& x);
  /// The first step's length, when nothing is known of the curvature.
  double first_step(const Tensor& g);
  /// Remembers the step from `origin` with gradient g to x with gradient `g_new`.
  void remember(const Tensor& origin, const Tensor& x, const Tensor& g, const Tensor& g_new,
                double least_curvature);

  Backend& backend_;
  LbfgsOptions options_;
  std::optional<PixelBounds> bounds_;
  LbfgsHistory history_;
  Vectors vectors_;
  HostScalar scalar_;
  std::optional<StrongWolfe> search_;
  bool resumed_ = false;
};

}  // namespace impasto
