// The optimiser's insides against numbers worked out by hand.
#include "explain/optimizer_view.hpp"

#include <gtest/gtest.h>

namespace impasto {
namespace {

TEST(AdamPath, FollowsThePublishedFormulas) {
  WorkedChannel channel;
  channel.path = {1.0, 0.9};
  channel.path_gradient = {2.0, -1.0};
  // t = 1: m = 0.2, v = 0.004, step = −lr · 2 / 2. t = 2: m = 0.08, v = 0.004996;
  // m̂ = 0.08 / 0.19, v̂ = 0.004996 / 0.001999.
  const AdamPath path = adam_path({0.1, 0.9, 0.999, 0}, channel, 0.8733, std::nullopt);
  ASSERT_EQ(path.steps.size(), 2U);
  EXPECT_NEAR(path.steps[0].m, 0.2, 1e-12);
  EXPECT_NEAR(path.steps[0].v, 0.004, 1e-12);
  EXPECT_NEAR(path.steps[0].step, -0.1, 1e-12);
  EXPECT_NEAR(path.steps[1].m, 0.08, 1e-12);
  EXPECT_NEAR(path.steps[1].v, 0.004996, 1e-12);
  EXPECT_NEAR(path.steps[1].step, -0.026633, 1e-6);
  EXPECT_NEAR(path.deviation, 6.7e-5, 1e-6);
}

TEST(AdamPath, IsClampedAsTheRunIs) {
  WorkedChannel channel;
  channel.path = {1.0};
  channel.path_gradient = {-5.0};
  EXPECT_NEAR(adam_path({0.1, 0.9, 0.999, 0}, channel, 1.05, std::pair(0.0, 1.05)).deviation, 0,
              1e-12);
  EXPECT_NEAR(adam_path({0.1, 0.9, 0.999, 0}, channel, 1.05, std::nullopt).deviation, 0.05, 1e-12);
}

TEST(CurvaturePairs, AreReadFromAState) {
  OptimizerState state;
  state.pairs = {{3, 4}, {6, 8}, {1, 0}, {5, 1}};
  state.vectors = {{7, 7}, {8, 8}};
  const std::vector<CurvaturePair> pairs = curvature_pairs(state);
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_NEAR(pairs[0].s_norm, 5, 1e-12);
  EXPECT_NEAR(pairs[0].y_norm, 10, 1e-12);
  EXPECT_NEAR(pairs[0].curvature, 2, 1e-12);
  EXPECT_NEAR(pairs[0].scale, 0.5, 1e-12);
  EXPECT_NEAR(pairs[1].curvature, 5, 1e-12);
  EXPECT_NEAR(pairs[1].scale, 5.0 / 26, 1e-12);
}

}  // namespace
}  // namespace impasto
