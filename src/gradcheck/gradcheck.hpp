// Analytic against numeric gradients, for every operation and for the whole network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "gradcheck/operations.hpp"

namespace impasto {

struct GradientCheck {
  std::string name;
  Shape shape;
  double gradient_norm = 0;  ///< of the analytic gradient, in double
  double numeric_error = 0;  ///< ‖analytic − numeric‖ / ‖numeric‖ on the double reference
  double backend_error = 0;  ///< ‖backend − reference‖ / ‖reference‖ of the analytic gradients
  double numeric_tolerance = 1e-6;
  double backend_tolerance = 1e-5;
  [[nodiscard]] bool passed() const {
    // Written so that a NaN fails.
    return numeric_error <= numeric_tolerance && backend_error <= backend_tolerance;
  }
};

/// Central differences (f(x + h e) − f(x − h e)) / 2h over every element of x.
HostValues numeric_gradient(const DifferentiableOperation& operation, Backend& reference,
                            double step);

/// Every operation at one size, `backend` against the double reference against central differences
/// of this step.
std::vector<GradientCheck> check_operations(Backend& backend, const Shape& shape,
                                            std::uint64_t seed, double step);

/// The gradient at the pixels of a small network with content, style and total-variation losses,
/// along a few random directions: for max and average pooling and every padding.
std::vector<GradientCheck> check_network(Backend& backend, std::uint64_t seed, double step);

}  // namespace impasto
