// --balance auto: what it promises of gradients, and that the sizes of features do not matter.
#include "transfer/balance.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "optim/vectors.hpp"
#include "support/backends.hpp"
#include "support/small_network.hpp"
#include "transfer/pictures.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

/// The same function of the picture but for the sizes of its features: those of convolution n and
/// what follows are multiplied by factors[n], of every convolution before it by those before.
NetworkWeights rescaled(NetworkWeights weights, const std::vector<double>& factors) {
  double all = 1;
  for (std::size_t n = 0; n < weights.convolutions.size(); ++n) {
    all *= factors[n];
    for (float& value : weights.convolutions[n].weight) {
      value = static_cast<float>(value * factors[n]);
    }
    for (float& value : weights.convolutions[n].bias) {
      value = static_cast<float>(value * all);
    }
  }
  return weights;
}

class AutomaticBalance : public testing::TestWithParam<BackendUnderTest> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
  NetworkWeights weights_ = small_network({{4, 4}, {6, 6}}, 1);
  Image content_ = test_picture(23, 17, 1);
  Image style_ = test_picture(19, 21, 2);

  [[nodiscard]] Image result(const NetworkWeights& weights, TransferOptions options) const {
    options.size = 0;
    options.content_layers = {{"relu2_1"}};
    options.style_layers = {{"relu1_1"}, {"relu2_1"}};
    options.iterations = 6;
    TransferObserver silent;
    return transfer_on(*backend_, content_, {style_}, weights, options, silent).picture;
  }
};

double largest_difference(const Image& a, const Image& b) {
  double largest = 0;
  for (std::size_t n = 0; n < a.rgb.size(); ++n) {
    largest = std::max(largest, std::abs(static_cast<double>(a.rgb[n]) - b.rgb[n]));
  }
  return largest;
}

TEST_P(AutomaticBalance, ReachesItsRatioAndRaisesFaintLayersToATenth) {
  PreparedNetwork prepared(*backend_, weights_);
  WalkOptions walk_options;
  walk_options.picture = {3, 17, 23};
  walk_options.taps = {1, 6};  // relu1_1, relu2_1
  walk_options.backward = true;
  // The second style layer counts for next to nothing.
  ScaleWalk walk(prepared, walk_options, {{}, {{1, 1.0}}, {{0, 1.0}, {1, 1e-9}}});
  Losses& losses = walk.losses();
  losses.set_weights({3, 1, 0.5});
  walk.set_content_targets(device_picture(*backend_, content_).get());
  walk.set_style_targets({style_}, {1.0});

  const LossWeights automatic = automatic_weights(*backend_, walk, content_, 50);
  EXPECT_EQ(losses.weights().content, 3) << "left as they were";
  EXPECT_EQ(automatic.tv, 0.5);

  const Image blurred = resize(resize(content_, 6, 5), 23, 17);
  const OwnedTensor picture = device_picture(*backend_, blurred);
  const OwnedTensor gradient = device_picture(*backend_, 23, 17);
  HostScalar scalar(*backend_);
  const auto norm = [&](const LossWeights& weights) {
    losses.set_weights(weights);
    walk.evaluate(picture.get(), gradient.get());
    return std::sqrt(scalar.dot(gradient.get(), gradient.get()));
  };
  EXPECT_NEAR(norm({automatic.content, 0, 0}), 3, 1e-3);
  EXPECT_NEAR(norm({0, automatic.style, 0}), 150, 0.1);
  const std::vector<LossTerm> terms = losses.style_terms();
  EXPECT_EQ(terms[0].weight, 1) << "the largest stays";
  losses.set_style_term_weight(1, 0);
  const double largest = norm({0, 1, 0});
  losses.set_style_term_weight(0, 0);
  losses.set_style_term_weight(1, terms[1].weight);
  EXPECT_NEAR(norm({0, 1, 0}) / largest, kLeastStyleShare, 1e-3);
}

TEST_P(AutomaticBalance, DoesNotSeeTheSizesOfFeatures) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    TransferOptions options = preset("gatys");
    options.optimizer = optimizer;
    options.learning_rate = optimizer == OptimizerKind::kAdam ? 0.05 : 1;
    options.auto_balance = true;
    // Layers between which nothing need be raised would stay as far apart as they are.
    const Image usual = result(rescaled(weights_, {1, 1, 1e-2, 1}), options);
    EXPECT_LT(largest_difference(result(rescaled(weights_, {50, 1, 1e-2, 1}), options), usual),
              2e-3);
    EXPECT_LT(largest_difference(result(rescaled(weights_, {0.02, 1, 1e-2, 1}), options), usual),
              2e-3);
    EXPECT_LT(largest_difference(result(rescaled(weights_, {1, 1, 1e-3, 1}), options), usual),
              2e-3);
  }
}

TEST(AutomaticRatio, IsThePresetsTimesTheStrengthAndLessForMeansAndCovariances) {
  TransferOptions options = preset("gatys");
  EXPECT_DOUBLE_EQ(automatic_ratio(options), 100);
  EXPECT_DOUBLE_EQ(automatic_ratio(preset("torchvision-notebook")), 30);
  options.strength = 2;
  EXPECT_DOUBLE_EQ(automatic_ratio(options), 200);
  options.style_loss = StyleLoss::kWasserstein;
  EXPECT_DOUBLE_EQ(automatic_ratio(options), 60);
}

INSTANTIATE_TEST_SUITE_P(Backends, AutomaticBalance, testing::ValuesIn(backends_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

}  // namespace
}  // namespace impasto
