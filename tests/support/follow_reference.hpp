// Values and gradients of every operation against the double reference, at sizes too large for
// finite differences.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gradcheck/gradcheck.hpp"
#include "gradcheck/operations.hpp"

namespace impasto {

/// A ReLU or maximum that rounding decides otherwise sends a whole gradient elsewhere. As many are
/// near the edge as rounding is coarse, and the error is the root of their share.
inline double gradient_tolerance(const DifferentiableOperation& operation, double tolerance) {
  const bool decides = operation.key == "conv-relu" || operation.key == "max-pool";
  const bool coarse = tolerance > 1e-4;
  return decides && coarse ? std::sqrt(tolerance) : tolerance;
}

inline void expect_follows_reference(Backend& backend, Backend& reference, const Shape& shape,
                                     double tolerance) {
  for (const DifferentiableOperation& operation : differentiable_operations(shape, 3)) {
    const double expected = operation.value(reference, operation.x);
    const HostValues gradient = operation.gradient(reference, operation.x);
    const double actual = operation.value(backend, operation.x);
    // ⟨r, y⟩ of random signs cancels: its scale is that of the gradient times the input.
    const double scale = std::max(std::abs(expected), std::sqrt(inner_product(gradient, gradient)));
    EXPECT_NEAR(actual, expected, tolerance * scale) << operation.name;
    EXPECT_LE(relative_error(operation.gradient(backend, operation.x), gradient),
              gradient_tolerance(operation, tolerance))
        << operation.name;
  }
}

}  // namespace impasto
