// The constants of one Adam step, shared by the backends that compute on the CPU.
#pragma once

#include <cmath>

#include "backend/backend.hpp"

namespace impasto {

/// Kingma & Ba 2015, algorithm 1, with the bias corrections ready-made.
struct AdamStep {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double step_size = 0;         ///< learning rate / (1 − β₁ᵗ)
  double bias_correction2 = 1;  ///< 1 − β₂ᵗ

  /// Step number t, from 1.
  AdamStep(const AdamRule& rule, double t)
      : beta1(rule.beta1),
        beta2(rule.beta2),
        epsilon(rule.epsilon),
        step_size(rule.learning_rate / (1 - std::pow(rule.beta1, t))),
        bias_correction2(1 - std::pow(rule.beta2, t)) {}
};

}  // namespace impasto
