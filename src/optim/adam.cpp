#include "optim/adam.hpp"

#include <cmath>

namespace impasto {

Adam::Adam(Backend& backend, const Shape& shape, const AdamOptions& options,
           const std::optional<PixelBounds>& bounds)
    : backend_(backend), options_(options), bounds_(bounds), vectors_(backend, shape, 3) {}

OptimizerResult Adam::minimise(Objective& objective, const Tensor& x) {
  const Tensor g = vectors_[0];
  const Tensor m = vectors_[1];
  const Tensor v = vectors_[2];
  backend_.fill(0, m);
  backend_.fill(0, v);
  AdamStep step{options_.beta1, options_.beta2, options_.epsilon, 0, 1};
  for (int t = 1;; ++t) {
    const Evaluation evaluation = objective.evaluate(x, g);
    if (!evaluation.finite) {
      return {Ending::kNotFinite, "the loss or its gradient is not finite"};
    }
    step.step_size = options_.learning_rate / (1 - std::pow(options_.beta1, t));
    step.bias_correction2 = 1 - std::pow(options_.beta2, t);
    backend_.adam(step, g, m, v, x, bounds_ ? &*bounds_ : nullptr);
    if (evaluation.last) {
      return {Ending::kLastEvaluation, ""};
    }
  }
}

}  // namespace impasto
