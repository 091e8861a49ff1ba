// What is said and shown of a feature map.
#include "explain/activations.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace impasto {
namespace {

TEST(Statistics, AreOfAllValues) {
  const std::vector<float> values{0, 0, 1, -3, 2};
  const ActivationStatistics statistics = statistics_of(values);
  EXPECT_DOUBLE_EQ(statistics.mean, 0);
  EXPECT_NEAR(statistics.deviation, std::sqrt(14.0 / 5), 1e-12);
  EXPECT_DOUBLE_EQ(statistics.least, -3);
  EXPECT_DOUBLE_EQ(statistics.largest, 2);
  EXPECT_DOUBLE_EQ(statistics.zeros, 0.4);
}

TEST(StrongestChannels, ComeByEnergyWithTheirNumbers) {
  const std::vector<float> values{1, 1, -3, 3, 2, -2};  // three channels of 1 x 2
  const std::vector<ChannelMap> maps = strongest_channels({{3, 1, 2}, values}, 2);
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_EQ(maps[0].channel, 1);
  EXPECT_EQ(maps[1].channel, 2);
  EXPECT_EQ(maps[0].map.values, (std::vector<float>{-3, 3}));
}

TEST(StrongestChannels, ShrinkWideMapsByAveraging) {
  std::vector<float> values;
  for (int n = 0; n < 100; ++n) {
    values.push_back(static_cast<float>(n));
  }
  const Grid map = strongest_channels({{1, 1, 100}, values}, 8).front().map;
  EXPECT_EQ(map.width, 50);
  EXPECT_EQ(map.height, 1);
  EXPECT_FLOAT_EQ(map.values[0], 0.5F);
  EXPECT_FLOAT_EQ(map.values[49], 98.5F);
}

}  // namespace
}  // namespace impasto
