#include <algorithm>
#include <cmath>
#include <set>

#include "weights/topology.hpp"

#include "network/topology.hpp"
#include "weights_fixture.hpp"

namespace impasto {
namespace {

/// Largest deviation of the Gram matrix of `count` vectors of length `size` from twice the
/// identity. Element i of vector v lies at v · step + i · stride.
double deviation_from_orthogonal(const std::vector<float>& values, std::size_t count,
                                 std::size_t size, std::size_t step, std::size_t stride) {
  double worst = 0;
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a; b < std::min(count, a + 40); ++b) {
      double product = 0;
      for (std::size_t i = 0; i < size; ++i) {
        product += static_cast<double>(values[a * step + i * stride]) *
                   static_cast<double>(values[b * step + i * stride]);
      }
      worst = std::max(worst, std::abs(product - (a == b ? 2.0 : 0.0)));
    }
  }
  return worst;
}

TEST(RandomWeights, HaveOrthonormalFiltersTimesTheRootOfTwo) {
  const auto network = random_weights(5);
  EXPECT_EQ(network.topology, "vgg19");
  EXPECT_FALSE(network.calibrate);
  for (const auto& convolution : network.convolutions) {
    const auto filters = static_cast<std::size_t>(convolution.out_channels);
    const auto inputs = static_cast<std::size_t>(convolution.in_channels) * 9;
    const double deviation =
        filters <= inputs
            ? deviation_from_orthogonal(convolution.weight, filters, inputs, inputs, 1)
            : deviation_from_orthogonal(convolution.weight, inputs, filters, 1, inputs);
    EXPECT_LE(deviation, 1e-5) << convolution.name();
    EXPECT_TRUE(std::all_of(convolution.bias.begin(), convolution.bias.end(),
                            [](float bias) { return bias == 0.0F; }));
  }
}

TEST(RandomWeights, AreSpreadOverAllInputs) {
  const auto network = random_weights(5);
  for (const auto& convolution : network.convolutions) {
    // Of values with the variance 2 / 9C hardly any is this far out unless the mixing stopped
    // early.
    const auto inputs =
        static_cast<float>(std::max(convolution.in_channels * 9, convolution.out_channels));
    const float limit = 6.0F * std::sqrt(2.0F / inputs);
    const auto far = std::count_if(convolution.weight.begin(), convolution.weight.end(),
                                   [&](float value) { return std::abs(value) > limit; });
    EXPECT_LE(far, static_cast<std::ptrdiff_t>(convolution.weight.size() / 10'000))
        << convolution.name();
  }
}

TEST(RandomWeights, DependOnTheSeedAndOnNothingElse) {
  const auto first = random_weights(5);
  expect_same_convolutions(random_weights(5), first);
  EXPECT_NE(random_weights(6).convolutions[3].weight, first.convolutions[3].weight);
  EXPECT_EQ(first.source, "random:5");
}

TEST(OrientedWeights, AreAKernelTimesAUnitMixOfTwoChannels) {
  const auto network = oriented_weights(2);
  EXPECT_EQ(network.topology, "vgg19");
  EXPECT_TRUE(network.calibrate);
  EXPECT_TRUE(network.pool_after_last_block);
  for (const auto& convolution : network.convolutions) {
    const auto channels = static_cast<std::size_t>(convolution.in_channels);
    const std::size_t mixed = channels == 3 ? 3 : 2;
    for (std::size_t filter = 0; filter < convolution.bias.size(); ++filter) {
      const float* values = convolution.weight.data() + filter * channels * 9;
      std::vector<const float*> used;
      double energy = 0;
      for (std::size_t channel = 0; channel < channels; ++channel) {
        const float* kernel = values + channel * 9;
        if (std::any_of(kernel, kernel + 9, [](float value) { return value != 0.0F; })) {
          used.push_back(kernel);
        }
        for (int i = 0; i < 9; ++i) {
          energy += static_cast<double>(kernel[i]) * static_cast<double>(kernel[i]);
        }
      }
      ASSERT_EQ(used.size(), mixed) << convolution.name() << " " << filter;
      ASSERT_NEAR(energy, 1.0, 1e-5);
      for (const float* other : used) {  // the same kernel but for a factor
        for (int i = 0; i < 9; ++i) {
          for (int j = 0; j < 9; ++j) {
            ASSERT_NEAR(used[0][i] * other[j], used[0][j] * other[i], 1e-6);
          }
        }
      }
    }
  }
}

TEST(OrientedWeights, AreOrientedInManyDirections) {
  const auto network = oriented_weights(2);
  const auto& weight = network.convolutions[5].weight;
  std::set<int> directions;
  for (std::size_t kernel = 0; kernel + 9 <= weight.size(); kernel += 9) {
    const float x = weight[kernel + 5] - weight[kernel + 3];
    const float y = weight[kernel + 7] - weight[kernel + 1];
    if (std::hypot(x, y) > 0.1F) {
      directions.insert(static_cast<int>(std::atan2(y, x) * 8 / 3.1416F));
    }
  }
  EXPECT_GE(directions.size(), 12U);
}

TEST(OrientedWeights, DependOnTheSeedAndOnNothingElse) {
  const auto first = oriented_weights(5);
  expect_same_convolutions(oriented_weights(5), first);
  EXPECT_NE(oriented_weights(6).convolutions[0].weight, first.convolutions[0].weight);
  EXPECT_EQ(first.source, "oriented:5");
}

TEST(WeightsTopology, IsNamedByDepthAndWidth) {
  auto layout = vgg19_layout();
  EXPECT_EQ(layout.size(), 16U);
  EXPECT_EQ(topology_of(layout), "vgg19");
  EXPECT_TRUE(ends_in_pool(layout));
  layout.back().out_channels = 511;
  EXPECT_EQ(topology_of(layout), "custom");
  EXPECT_TRUE(ends_in_pool(layout)) << "narrower, but as deep";
  layout.pop_back();
  EXPECT_FALSE(ends_in_pool(layout)) << "in the middle of a block";
  EXPECT_EQ(topology_of(layout), "custom");
}

TEST(WeightsTopology, TapsFollowTheNetworkOrder) {
  auto network = tiny_network();
  EXPECT_EQ(tap_names(network),
            (std::vector<std::string>{"conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1",
                                      "conv2_1", "relu2_1", "conv2_2", "relu2_2", "pool2"}));
  network.pool_after_last_block = false;
  EXPECT_EQ(tap_names(network).back(), "relu2_2");
}

}  // namespace
}  // namespace impasto
