// Classic mistakes: each spoils the gradients it should, by as much as it should, and no others.
#include "gradcheck/mistakes.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "backend/reference/reference_backend.hpp"
#include "gradcheck/gradcheck.hpp"
#include "gradcheck/network_operations.hpp"

namespace impasto {
namespace {

std::vector<DifferentiableOperation> all_operations() {
  std::vector<DifferentiableOperation> operations = differentiable_operations({3, 5, 7}, 1);
  for (const DifferentiableOperation& network : network_operations(1)) {
    operations.push_back(network);
  }
  return operations;
}

std::vector<GradientCheck> checks_with(Mistake mistake) {
  return check_gradients(all_operations(), {.mistake = mistake});
}

std::set<std::string> failed_names(const std::vector<GradientCheck>& checks) {
  std::set<std::string> names;
  for (const GradientCheck& check : checks) {
    if (!check.passed()) {
      names.insert(check.name);
    }
  }
  return names;
}

/// Names of all operations with one of these keys.
std::set<std::string> names_with(const std::set<std::string>& keys) {
  std::set<std::string> names;
  for (const DifferentiableOperation& operation : all_operations()) {
    if (keys.contains(operation.key)) {
      names.insert(operation.name);
    }
  }
  return names;
}

double gradient_norm_of(const std::string& name) {
  for (const GradientCheck& check : check_gradients(all_operations(), {})) {
    if (check.name == name) {
      return check.gradient_norm;
    }
  }
  return 0;
}

TEST(Mistakes, WithoutOneNothingFails) {
  EXPECT_TRUE(failed_names(check_gradients(all_operations(), {})).empty());
}

TEST(Mistakes, ReluMaskSpoilsEveryReluAndNothingElse) {
  const std::vector<GradientCheck> checks = checks_with(Mistake::kReluMask);
  EXPECT_EQ(failed_names(checks), names_with({"relu", "conv-relu", "network"}));
}

TEST(Mistakes, ReluMaskLetsElementsPassThatShouldBeZero) {
  for (const GradientCheck& check : checks_with(Mistake::kReluMask)) {
    if (check.key != "relu") {
      continue;
    }
    double passed_squares = 0;
    for (std::size_t n = 0; n < check.analytic.size(); ++n) {
      if (check.numeric[n] != 0) {
        EXPECT_NEAR(check.analytic[n], check.numeric[n], 1e-8) << n;
      } else {
        passed_squares += check.analytic[n] * check.analytic[n];
      }
    }
    EXPECT_GT(passed_squares, 1);
  }
}

TEST(Mistakes, FilterFlipSpoilsEveryConvolutionAndNothingElse) {
  const std::vector<GradientCheck> checks = checks_with(Mistake::kFilterFlip);
  EXPECT_EQ(failed_names(checks), names_with({"conv", "conv-relu", "network"}));
  for (const GradientCheck& check : checks) {
    if (check.key == "conv") {
      EXPECT_GT(check.numeric_error(), 0.5) << check.name;
      EXPECT_NEAR(check.gradient_norm / gradient_norm_of(check.name), 1, 0.3) << check.name;
    }
  }
}

// One filter that looks to the upper left, y[i,j] = x[i−1,j−1], and dy = 1 in the middle: the
// gradient belongs to the upper left, and unturned filters bring it to the lower right.
TEST(Mistakes, FilterFlipBringsTheGradientToTheOppositeSide) {
  ConvolutionWeights weights;
  weights.in_channels = 1;
  weights.out_channels = 1;
  weights.weight = {1, 0, 0, 0, 0, 0, 0, 0, 0};
  weights.bias = {0};
  const ConvolutionSpec spec{{1, 3, 3}, 1, true, false, true};
  const std::unique_ptr<Backend> reference = make_reference_backend<double>();
  const auto gradient = [&](Backend& backend) {
    const auto convolution = backend.make_convolution(backend.prepare_filters(weights), spec);
    const OwnedTensor dy(backend, spec.output(), Layout::kDFeature, {0, 0, 0, 0, 1, 0, 0, 0, 0});
    const OwnedTensor x(backend, spec.input, Layout::kFeature);
    const OwnedTensor y(backend, spec.output(), Layout::kFeature);
    const OwnedTensor dx(backend, spec.input, Layout::kDFeature);
    convolution->dforward(dy.get(), x.get(), y.get(), {}, dx.get(), nullptr);
    return dx.download(backend);
  };
  EXPECT_EQ(gradient(*reference), (HostValues{1, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(gradient(*make_broken_backend(*reference, Mistake::kFilterFlip)),
            (HostValues{0, 0, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(Mistakes, PoolRouteSpoilsMaxPoolingAndTheNetworksWithIt) {
  const std::vector<GradientCheck> checks = checks_with(Mistake::kPoolRoute);
  EXPECT_EQ(failed_names(checks),
            (std::set<std::string>{"max pooling", "network, max pooling, zero padding",
                                   "network, max pooling, reflect padding",
                                   "network, max pooling, replicate padding"}));
}

TEST(Mistakes, PoolRouteDoublesTheGradientsLength) {
  for (const GradientCheck& check : checks_with(Mistake::kPoolRoute)) {
    if (check.key == "max-pool") {
      EXPECT_NEAR(check.gradient_norm / gradient_norm_of(check.name), 2, 1e-12);
      EXPECT_NEAR(check.numeric_error(), std::sqrt(3.0), 1e-6);
    }
  }
}

TEST(Mistakes, GramFactorHalvesEveryStyleGradient) {
  const std::vector<GradientCheck> checks = checks_with(Mistake::kGramFactor);
  EXPECT_EQ(failed_names(checks), names_with({"style", "w2", "network"}));
  for (const GradientCheck& check : checks) {
    if (check.key == "style") {
      EXPECT_NEAR(check.numeric_error(), 0.5, 1e-6) << check.name;
      EXPECT_NEAR(check.analytic[check.largest()] / check.numeric[check.largest()], 0.5, 1e-6);
    } else if (check.key == "network" || check.key == "w2") {
      EXPECT_GT(check.numeric_error(), 0.01) << check.name;
      EXPECT_LT(check.numeric_error(), 0.5) << check.name;
    }
  }
}

TEST(Mistakes, AWrongGradientStaysWrongAtEveryStep) {
  const GradcheckPlan plan{.mistake = Mistake::kGramFactor, .steps = {1e-1, 1e-4, 1e-7}};
  for (const GradientCheck& check :
       check_gradients(differentiable_operations({2, 4, 4}, 1), plan)) {
    if (check.key == "style") {
      for (const StepError& step : check.steps) {
        EXPECT_NEAR(step.error, 0.5, 1e-2) << check.name << " at " << step.step;
      }
    }
  }
}

TEST(Mistakes, TheTableNamesEachOnceWithWhatItSpoils) {
  std::set<std::string> names;
  for (const MistakeEntry& entry : mistake_table()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.broken.empty());
    EXPECT_FALSE(entry.lesson.empty());
    std::set<std::string> failed_keys;
    for (const GradientCheck& check : checks_with(entry.mistake)) {
      if (!check.passed()) {
        failed_keys.insert(check.key);
      }
    }
    EXPECT_EQ(failed_keys, std::set<std::string>(entry.keys.begin(), entry.keys.end()))
        << entry.name;
  }
  EXPECT_EQ(names.size(), 4U);
}

}  // namespace
}  // namespace impasto
