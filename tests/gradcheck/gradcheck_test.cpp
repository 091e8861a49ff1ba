// The gradient check itself: what it keeps, what it calls passed, and how steps spoil it.
#include "gradcheck/gradcheck.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backend/reference/reference_backend.hpp"
#include "gradcheck/network_operations.hpp"

namespace impasto {
namespace {

/// f(x) = Σ cₙ xₙ³ with a gradient that is `factor` times the right one.
DifferentiableOperation cubic(double factor = 1) {
  DifferentiableOperation operation;
  operation.key = "cubic";
  operation.name = "cubic";
  operation.shape = {1, 2, 2};
  operation.x = {1, 2, 0.5, -1};
  const HostValues c{1, -1, 2, 0.25};
  operation.value = [c](Backend& /*backend*/, const HostValues& x) {
    double sum = 0;
    for (std::size_t n = 0; n < x.size(); ++n) {
      sum += c[n] * x[n] * x[n] * x[n];
    }
    return sum;
  };
  operation.gradient = [c, factor](Backend& /*backend*/, const HostValues& x) {
    HostValues gradient;
    for (std::size_t n = 0; n < x.size(); ++n) {
      gradient.push_back(factor * 3 * c[n] * x[n] * x[n]);
    }
    return gradient;
  };
  return operation;
}

GradientCheck check(const DifferentiableOperation& operation, const GradcheckPlan& plan = {}) {
  return check_gradients({operation}, plan).at(0);
}

TEST(Gradcheck, KeepsEveryDerivativeInBothWays) {
  const GradientCheck cubic_check = check(cubic());
  EXPECT_EQ(cubic_check.analytic, (HostValues{3, -12, 1.5, 0.75}));
  ASSERT_EQ(cubic_check.numeric.size(), 4U);
  for (std::size_t n = 0; n < 4; ++n) {
    EXPECT_NEAR(cubic_check.numeric[n], cubic_check.analytic[n], 1e-8);
  }
  EXPECT_EQ(cubic_check.largest(), 1U);
  EXPECT_FALSE(cubic_check.directional);
  EXPECT_FALSE(cubic_check.backend_error.has_value());
  EXPECT_TRUE(cubic_check.passed());
}

TEST(Gradcheck, AWrongFactorIsTheErrorItself) {
  const GradientCheck wrong = check(cubic(1.25));
  EXPECT_NEAR(wrong.numeric_error(), 0.25, 1e-8);
  EXPECT_FALSE(wrong.passed());
}

// (x + h)³ − (x − h)³ = 6 x² h + 2 h³: the difference is off by h² in each element, times c.
TEST(Gradcheck, TruncationGrowsWithTheStepSquared) {
  const GradientCheck steps = check(cubic(), {.steps = {1e-1, 1e-2, 1e-3}});
  ASSERT_EQ(steps.steps.size(), 3U);
  const double c_norm = std::sqrt(1 + 1 + 4 + 0.0625);
  const double gradient_norm = std::sqrt(9 + 144 + 2.25 + 0.5625);
  EXPECT_NEAR(steps.steps[0].error / (1e-2 * c_norm / gradient_norm), 1, 0.01);
  EXPECT_NEAR(steps.steps[0].error / steps.steps[1].error, 100, 1);
  EXPECT_NEAR(steps.steps[1].error / steps.steps[2].error, 100, 1);
}

TEST(Gradcheck, RoundingGrowsAsTheStepShrinks) {
  const GradientCheck steps = check(cubic(), {.steps = {1e-7, 1e-9, 1e-11}});
  EXPECT_GT(steps.steps[1].error, 5 * steps.steps[0].error);
  EXPECT_GT(steps.steps[2].error, 5 * steps.steps[1].error);
}

TEST(Gradcheck, OfSeveralStepsTheBestCounts) {
  const GradientCheck steps = check(cubic(), {.steps = {10, 1e-5, 1e-12}});
  EXPECT_EQ(steps.best, 1U);
  EXPECT_EQ(steps.numeric_error(), steps.steps[1].error);
  EXPECT_NEAR(steps.numeric[1], -12, 1e-8);
  EXPECT_TRUE(steps.passed());
  EXPECT_FALSE(check(cubic(), {.steps = {10, 1}}).passed());
  EXPECT_FALSE(check(cubic(1.01), {.steps = {1e-1, 1e-3, 1e-5}}).passed());
}

TEST(Gradcheck, AlongDirectionsTheDerivativesAreInnerProducts) {
  DifferentiableOperation operation = cubic();
  operation.directions = {{0.6, 0, 0.8, 0}, {0, 1, 0, 0}, {0, 0, 0, -1}};
  const GradientCheck along = check(operation);
  EXPECT_TRUE(along.directional);
  ASSERT_EQ(along.analytic.size(), 3U);
  EXPECT_NEAR(along.analytic[0], 3, 1e-12);
  EXPECT_NEAR(along.numeric[0], 3, 1e-8);
  EXPECT_EQ(along.analytic[1], -12);
  EXPECT_EQ(along.analytic[2], -0.75);
  EXPECT_EQ(along.largest(), 1U);
  EXPECT_TRUE(along.passed());
}

TEST(Gradcheck, ANotANumberFails) {
  EXPECT_FALSE(check(cubic(std::numeric_limits<double>::quiet_NaN())).passed());
}

TEST(Gradcheck, TheDevicesGradientIsHeldAgainstTheReferences) {
  DifferentiableOperation operation = cubic();
  const auto right = operation.gradient;
  operation.gradient = [right](Backend& backend, const HostValues& x) {
    HostValues gradient = right(backend, x);
    gradient[1] *= backend.name() == "reference-f32" ? 1.5 : 1;
    return gradient;
  };
  const std::unique_ptr<Backend> device = make_reference_backend<float>();
  const GradientCheck wrong = check(operation, {.device = device.get()});
  EXPECT_LE(wrong.numeric_error(), 1e-8);
  EXPECT_NEAR(wrong.backend_error.value(), 6 / wrong.gradient_norm, 1e-12);
  EXPECT_FALSE(wrong.passed());
}

TEST(Gradcheck, NetworksAreCheckedAlongUnitVectors) {
  for (const DifferentiableOperation& network : network_operations(3)) {
    EXPECT_EQ(network.key, "network");
    EXPECT_GE(network.directions.size(), 4U);
    for (const HostValues& direction : network.directions) {
      EXPECT_NEAR(inner_product(direction, direction), 1, 1e-12);
    }
  }
}

}  // namespace
}  // namespace impasto
