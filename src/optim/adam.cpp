#include "optim/adam.hpp"

#include <cmath>
#include <utility>

namespace impasto {

Adam::Adam(Backend& backend, const Shape& shape, const AdamOptions& options,
           const std::optional<PixelBounds>& bounds)
    : backend_(backend), options_(options), bounds_(bounds), vectors_(backend, shape, 3) {}

OptimizerResult Adam::minimise(Objective& objective, const Tensor& x) {
  const Tensor g = vectors_[0];
  const Tensor m = vectors_[1];
  const Tensor v = vectors_[2];
  if (!std::exchange(resumed_, false)) {
    backend_.fill(0, m);
    backend_.fill(0, v);
    steps_ = 0;
  }
  AdamStep step{options_.beta1, options_.beta2, options_.epsilon, 0, 1};
  while (true) {
    const Evaluation evaluation = objective.evaluate(x, g);
    if (!evaluation.finite) {
      return {Ending::kNotFinite, "the loss or its gradient is not finite"};
    }
    ++steps_;
    step.step_size = options_.learning_rate / (1 - std::pow(options_.beta1, steps_));
    step.bias_correction2 = 1 - std::pow(options_.beta2, steps_);
    backend_.adam(step, g, m, v, x, bounds_ ? &*bounds_ : nullptr);
    if (evaluation.last) {
      return {Ending::kLastEvaluation, ""};
    }
  }
}

OptimizerState Adam::state() const {
  return {{options_.learning_rate, static_cast<double>(steps_)},
          {download_vector(backend_, vectors_[1]), download_vector(backend_, vectors_[2])}};
}

void Adam::resume(const OptimizerState& state) {
  require_state(state, 2, state.vectors.size() == 2);
  options_.learning_rate = state.numbers[0];
  steps_ = static_cast<int>(state.numbers[1]);
  upload_vector(backend_, state.vectors[0], vectors_[1]);
  upload_vector(backend_, state.vectors[1], vectors_[2]);
  resumed_ = true;
}

}  // namespace impasto
