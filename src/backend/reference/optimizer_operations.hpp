// What the optimisers are made of: vectors x, g, m, v of one length.
#pragma once

#include <algorithm>
#include <cmath>

#include "backend/adam_step.hpp"
#include "backend/reference/map.hpp"

namespace impasto::reference {

/// Σ x y
template <typename T>
double dot(const Map<T>& x, const Map<T>& y) {
  double sum = 0;
  for (std::int64_t n = 0; n < x.shape.elements(); ++n) {
    sum += static_cast<double>(x[n]) * static_cast<double>(y[n]);
  }
  return sum;
}

/// One Adam step (Kingma & Ba 2015, algorithm 1; ε outside the root, as published and as PyTorch
/// has it).
template <typename T>
void adam(const AdamStep& step, const Map<T>& g, const Map<T>& m, const Map<T>& v,
          const Map<T>& x) {
  for (std::int64_t n = 0; n < x.shape.elements(); ++n) {
    const double gradient = g[n];
    const double first = step.beta1 * m[n] + (1 - step.beta1) * gradient;
    const double second = step.beta2 * v[n] + (1 - step.beta2) * gradient * gradient;
    m[n] = static_cast<T>(first);
    v[n] = static_cast<T>(second);
    const double root = std::sqrt(second / step.bias_correction2);
    x[n] = static_cast<T>(x[n] - step.step_size * first / (root + step.epsilon));
  }
}

/// x = min(max(x, low), high) per channel.
template <typename T>
void clamp(const PixelBounds& bounds, const Map<T>& x) {
  const std::int64_t positions = x.shape.positions();
  for (std::int64_t n = 0; n < x.shape.elements(); ++n) {
    const auto channel = static_cast<std::size_t>(n / positions);
    x[n] = std::min(std::max(x[n], static_cast<T>(bounds.low[channel])),
                    static_cast<T>(bounds.high[channel]));
  }
}

}  // namespace impasto::reference
