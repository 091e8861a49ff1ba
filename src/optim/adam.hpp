// Adam (Kingma & Ba 2015, algorithm 1), on pixels:
//
//   m ← β₁ m + (1−β₁) g        v ← β₂ v + (1−β₂) g²
//   x ← x − lr · m̂ / (√v̂ + ε)   with  m̂ = m / (1−β₁ᵗ),  v̂ = v / (1−β₂ᵗ)
#pragma once

#include "optim/optimizer.hpp"
#include "optim/vectors.hpp"

namespace impasto {

class Adam final : public Optimizer {
 public:
  static constexpr std::size_t kVectors = 3;

  Adam(Backend& backend, const Shape& shape, const AdamRule& rule,
       const std::optional<PixelBounds>& bounds);

  OptimizerResult minimise(Objective& objective, const Tensor& x) override;
  /// Numbers: learning rate, steps t. Vectors: m, v.
  [[nodiscard]] OptimizerState state() const override;
  void resume(const OptimizerState& state) override;
  void restart_at_half_step() override;

 private:
  Backend& backend_;
  AdamRule rule_;
  std::optional<PixelBounds> bounds_;
  Vectors vectors_;  // gradient, first and second moment
  DeviceScalar steps_;
};

}  // namespace impasto
