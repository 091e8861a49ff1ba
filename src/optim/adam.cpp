#include "optim/adam.hpp"

namespace impasto {

Adam::Adam(Backend& backend, const Shape& shape, const AdamRule& rule,
           const std::optional<PixelBounds>& bounds)
    : backend_(backend),
      rule_(rule),
      bounds_(bounds),
      vectors_(backend, shape, kVectors),
      steps_(backend) {
  steps_.set(0);
}

OptimizerResult Adam::minimise(Objective& objective, const Tensor& x) {
  const Tensor g = vectors_[0];
  const Tensor m = vectors_[1];
  const Tensor v = vectors_[2];
  const Evaluation last = objective.iterate(x, g, [&] {
    backend_.adam(rule_, steps_.slot(), g, m, v, x, bounds_ ? &*bounds_ : nullptr);
  });
  if (!last.finite) {
    return {Ending::kNotFinite, "the loss or its gradient is not finite"};
  }
  return {Ending::kLastEvaluation, ""};
}

OptimizerState Adam::state() const {
  return {{rule_.learning_rate, steps_.get()},
          {},
          {download_vector(backend_, vectors_[1]), download_vector(backend_, vectors_[2])}};
}

void Adam::resume(const OptimizerState& state) {
  require_state(state.numbers.size() == 2 && state.pairs.empty() && state.vectors.size() == 2);
  rule_.learning_rate = state.numbers[0];
  steps_.set(state.numbers[1]);
  upload_vector(backend_, state.vectors[0], vectors_[1]);
  upload_vector(backend_, state.vectors[1], vectors_[2]);
}

void Adam::restart_at_half_step() {
  rule_.learning_rate /= 2;
  backend_.fill(0, vectors_[1]);
  backend_.fill(0, vectors_[2]);
  steps_.set(0);
}

}  // namespace impasto
