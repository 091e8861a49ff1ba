// Analytic against numeric gradients, for every operation and for the whole network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "gradcheck/mistakes.hpp"
#include "gradcheck/operations.hpp"

namespace impasto {

/// What is held against what.
struct GradcheckPlan {
  /// Its analytic gradients are compared with the reference's; none: that comparison is left out.
  Backend* device = nullptr;
  /// Put into the reference's analytic gradients.
  std::optional<Mistake> mistake = std::nullopt;
  std::vector<double> steps{1e-5};  ///< of the central differences, one or several
};

/// The error of central differences of one step: ‖analytic − numeric‖ / ‖numeric‖, in double.
struct StepError {
  double step = 0;
  double error = 0;
};

struct GradientCheck {
  std::string key;
  std::string name;
  Shape shape;
  double gradient_norm = 0;  ///< of the analytic gradient, in double
  bool directional = false;  ///< derivatives along directions instead of elements of the gradient
  std::vector<StepError> steps;
  std::size_t best = 0;                 ///< the step with the least error
  HostValues analytic;                  ///< the derivatives, every element's or every direction's
  HostValues numeric;                   ///< the same by central differences of the best step
  std::optional<double> backend_error;  ///< ‖device − reference‖ / ‖reference‖ of the gradients
  double numeric_tolerance = 1e-6;
  double backend_tolerance = 1e-5;

  [[nodiscard]] double numeric_error() const { return steps[best].error; }
  /// The derivative whose analytic value is largest.
  [[nodiscard]] std::size_t largest() const;
  /// Whether the best step's error and the device's stay within their tolerances.
  [[nodiscard]] bool passed() const {
    // Written so that a NaN fails.
    return numeric_error() <= numeric_tolerance &&
           (!backend_error || *backend_error <= backend_tolerance);
  }
};

/// Central differences (f(x + h d) − f(x − h d)) / 2h along every direction d of the operation,
/// which are the elements of x where it names none.
HostValues numeric_derivatives(const DifferentiableOperation& operation, Backend& reference,
                               double step);

/// Each operation's gradient, as the plan says.
std::vector<GradientCheck> check_gradients(const std::vector<DifferentiableOperation>& operations,
                                           const GradcheckPlan& plan);

}  // namespace impasto
