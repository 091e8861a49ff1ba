#include "gradcheck/gradcheck.hpp"

#include <cmath>

#include "backend/reference/reference_backend.hpp"

namespace impasto {
namespace {

double norm(const HostValues& values) {
  return std::sqrt(inner_product(values, values));
}

/// ⟨g, d⟩ for every direction d of the operation.
HostValues derivatives_of(const DifferentiableOperation& operation, const HostValues& gradient) {
  if (operation.directions.empty()) {
    return gradient;
  }
  HostValues derivatives;
  for (const HostValues& direction : operation.directions) {
    derivatives.push_back(inner_product(gradient, direction));
  }
  return derivatives;
}

/// f(x + h d) with d the direction number `n`.
double moved_value(const DifferentiableOperation& operation, Backend& reference, std::size_t n,
                   double h) {
  HostValues x = operation.x;
  if (operation.directions.empty()) {
    x[n] += h;
  } else {
    for (std::size_t m = 0; m < x.size(); ++m) {
      x[m] += h * operation.directions[n][m];
    }
  }
  return operation.value(reference, x);
}

/// Central differences of every step; the best one's derivatives are kept.
void compare_with_differences(const DifferentiableOperation& operation, Backend& reference,
                              const std::vector<double>& steps, GradientCheck& check) {
  for (const double step : steps) {
    HostValues numeric = numeric_derivatives(operation, reference, step);
    check.steps.push_back({step, relative_error(check.analytic, numeric)});
    if (check.steps.size() == 1 || check.steps.back().error < check.numeric_error()) {
      check.best = check.steps.size() - 1;
      check.numeric = std::move(numeric);
    }
  }
}

}  // namespace

double relative_error(const HostValues& a, const HostValues& b) {
  HostValues difference(a.size());
  for (std::size_t n = 0; n < a.size(); ++n) {
    difference[n] = a[n] - b[n];
  }
  const double scale = norm(b);
  return scale > 0 ? norm(difference) / scale : norm(difference);
}

std::size_t GradientCheck::largest() const {
  std::size_t largest = 0;
  for (std::size_t n = 0; n < analytic.size(); ++n) {
    largest = std::abs(analytic[n]) > std::abs(analytic[largest]) ? n : largest;
  }
  return largest;
}

HostValues numeric_derivatives(const DifferentiableOperation& operation, Backend& reference,
                               double step) {
  const std::size_t count =
      operation.directions.empty() ? operation.x.size() : operation.directions.size();
  HostValues derivatives(count);
  for (std::size_t n = 0; n < count; ++n) {
    derivatives[n] =
        (moved_value(operation, reference, n, step) - moved_value(operation, reference, n, -step)) /
        (2 * step);
  }
  return derivatives;
}

std::vector<GradientCheck> check_gradients(const std::vector<DifferentiableOperation>& operations,
                                           const GradcheckPlan& plan) {
  const std::unique_ptr<Backend> reference = make_reference_backend<double>();
  const std::unique_ptr<Backend> broken =
      plan.mistake ? make_broken_backend(*reference, *plan.mistake) : nullptr;
  std::vector<GradientCheck> checks;
  for (const DifferentiableOperation& operation : operations) {
    const HostValues gradient = operation.gradient(broken ? *broken : *reference, operation.x);
    GradientCheck check;
    check.key = operation.key;
    check.name = operation.name;
    check.shape = operation.shape;
    check.gradient_norm = norm(gradient);
    check.directional = !operation.directions.empty();
    check.analytic = derivatives_of(operation, gradient);
    compare_with_differences(operation, *reference, plan.steps, check);
    if (plan.device != nullptr) {
      check.backend_error = relative_error(operation.gradient(*plan.device, operation.x), gradient);
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace impasto
