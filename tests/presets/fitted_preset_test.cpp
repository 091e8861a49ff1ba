// Presets on weights that lack their layers, or that are of another family.
#include "presets/fitted_preset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impasto/error.hpp"
#include "network/topology.hpp"
#include "presets/parse.hpp"
#include "presets/presets.hpp"
#include "support/small_network.hpp"

namespace impasto {
namespace {

using Blocks = std::vector<std::vector<std::int64_t>>;

const Blocks kVgg16{{2, 2}, {2, 2}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}};
const Blocks kVgg19{{2, 2}, {2, 2}, {2, 2, 2, 2}, {2, 2, 2, 2}, {2, 2, 2, 2}};
const Blocks kThreeBlocksOfVgg19{{2, 2}, {2, 2}, {2, 2, 2, 2}};
const Blocks kToTheFirstOfBlockFour{{2, 2}, {2, 2}, {2, 2, 2, 2}, {2}};
const Blocks kOneBlock{{2, 2}};

std::vector<std::string> taps_of(const Blocks& blocks) {
  return tap_names(small_network(blocks, 1));
}

/// A trained network of the family that the preset wants.
NetworkTraits suiting(const std::string& name, const Blocks& blocks) {
  const auto family = find_preset(name).family;
  return {taps_of(blocks), family, !family};
}

std::string style_of(const std::string& preset, const Blocks& blocks) {
  return print_layers(fitted_preset(preset, suiting(preset, blocks), {}).options.style_layers);
}
std::string content_of(const std::string& preset, const Blocks& blocks) {
  return print_layers(fitted_preset(preset, suiting(preset, blocks), {}).options.content_layers);
}

TEST(FittedPreset, OnItsOwnWeightsIsThePreset) {
  for (const std::string& name : preset_names()) {
    const FittedPreset fitted = fitted_preset(name, suiting(name, kVgg19), {});
    EXPECT_EQ(fitted.options, preset(name)) << name;
    EXPECT_TRUE(fitted.suits) << name;
  }
}

TEST(FittedPreset, MissingLayersAreReplacedByTheDeepestReachableOfTheirKind) {
  EXPECT_EQ(content_of("gatys", kThreeBlocksOfVgg19), "relu3_2");
  EXPECT_EQ(style_of("gatys", kThreeBlocksOfVgg19),
            "relu1_1=1000/N^2,relu2_1=1000/N^2,relu3_1=1000/N^2");
  EXPECT_EQ(content_of("gatys", kToTheFirstOfBlockFour), "relu4_1");
  EXPECT_EQ(style_of("gatys", kToTheFirstOfBlockFour),
            "relu1_1=1000/N^2,relu2_1=1000/N^2,relu3_1=1000/N^2,relu4_1=1000/N^2");
  EXPECT_EQ(content_of("gatys", kOneBlock), "relu1_2");
  EXPECT_EQ(content_of("image-to-style", kVgg16), "relu5_3");
  EXPECT_EQ(style_of("image-to-style", kVgg16), "relu1_2,relu2_2,relu3_3,relu4_3,relu5_3");
  EXPECT_EQ(style_of("image-to-style", kThreeBlocksOfVgg19), "relu1_2,relu2_2,relu3_4");
}

TEST(FittedPreset, StandInsKeepWeightsAndAreReadOnce) {
  EXPECT_EQ(style_of("udacity", kThreeBlocksOfVgg19), "relu1_1,relu2_1=0.75,relu3_1=0.2");
  EXPECT_EQ(style_of("oriented", kOneBlock), "relu1_1,relu1_2");
  const FittedPreset fitted = fitted_preset("gatys", suiting("gatys", kThreeBlocksOfVgg19), {});
  EXPECT_EQ(fitted.content, (std::vector<StandIn>{{"relu4_2", "relu3_2"}}));
  EXPECT_EQ(fitted.style, (std::vector<StandIn>{{"relu4_1", "relu3_1"}, {"relu5_1", "relu3_1"}}));
}

TEST(FittedPreset, EveryPresetRunsOnEveryNetwork) {
  for (const std::string& name : preset_names()) {
    for (const Blocks& blocks : {kVgg16, kThreeBlocksOfVgg19, kToTheFirstOfBlockFour, kOneBlock}) {
      const TransferOptions options = fitted_preset(name, suiting(name, blocks), {}).options;
      EXPECT_NO_THROW(require_taps(options, taps_of(blocks), "a file")) << name;
      EXPECT_NO_THROW(validate(options)) << name;
      EXPECT_FALSE(options.content_layers.empty()) << name;
      EXPECT_FALSE(options.style_layers.empty()) << name;
    }
  }
}

TEST(FittedPreset, LayersThatTheUserGivesAreLeftAlone) {
  const NetworkTraits traits = suiting("gatys", kThreeBlocksOfVgg19);
  const FittedPreset fitted = fitted_preset("gatys", traits, {"style-layers"});
  EXPECT_EQ(fitted.options.style_layers, preset("gatys").style_layers);
  EXPECT_EQ(print_layers(fitted.options.content_layers), "relu3_2");
  EXPECT_TRUE(fitted_preset("gatys", traits, {"style-layers", "content-layers"}).suits);
}

TEST(FittedPreset, BalancesItselfExactlyWhereItsNumbersDoNotHold) {
  using enum WeightFamily;
  const std::vector<std::string> all = taps_of(kVgg19);
  EXPECT_FALSE(fitted_preset("gatys", {all, kCaffe, false}, {}).options.auto_balance);
  EXPECT_TRUE(fitted_preset("gatys", {all, kTorchvision, false}, {}).options.auto_balance);
  EXPECT_TRUE(fitted_preset("gatys", {all, std::nullopt, false}, {}).options.auto_balance);
  EXPECT_TRUE(fitted_preset("gatys", {all, std::nullopt, true}, {}).options.auto_balance);
  EXPECT_TRUE(fitted_preset("gatys", {taps_of(kThreeBlocksOfVgg19), kCaffe, false}, {})
                  .options.auto_balance);
  EXPECT_FALSE(fitted_preset("udacity", {all, kTorchvision, false}, {}).options.auto_balance);
  EXPECT_TRUE(fitted_preset("udacity", {all, kCaffe, false}, {}).options.auto_balance);
  EXPECT_FALSE(fitted_preset("oriented", {all, std::nullopt, true}, {}).options.auto_balance);
  EXPECT_TRUE(fitted_preset("oriented", {all, kTorchvision, false}, {}).options.auto_balance);
}

TEST(FittedPreset, WeightsOfTheLossesThatTheUserGivesAreNotBalanced) {
  const NetworkTraits traits{taps_of(kVgg19), WeightFamily::kTorchvision, false};
  for (const std::string given : {"style-weight", "content-weight"}) {
    EXPECT_FALSE(fitted_preset("gatys", traits, {given}).options.auto_balance) << given;
  }
}

TEST(FittedPreset, ErrorListsEveryMissingLayerAndAllThatThereAre) {
  TransferOptions options = preset("gatys");
  options.content_layers = {{"relu4_2"}, {"relu3_1"}};
  options.style_layers = {{"relu1_1"}, {"conv5_1"}, {"relu4_2"}};
  try {
    require_taps(options, taps_of(kThreeBlocksOfVgg19), "small.h5");
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("relu4_2, conv5_1"));
    EXPECT_THAT(error.what(), testing::HasSubstr("small.h5"));
    EXPECT_THAT(error.what(), testing::HasSubstr("conv1_1, relu1_1, conv1_2"));
    EXPECT_THAT(error.what(), testing::HasSubstr("relu3_4, pool3"));
  }
}

TEST(NetworkTraits, TellFoldedCaffeWeightsByTheirFirstConvolution) {
  NetworkWeights weights = small_network(kOneBlock, 1);
  EXPECT_EQ(traits_of(weights).family, std::nullopt) << "not from a file";
  weights.source_sha256 = "a";
  EXPECT_EQ(traits_of(weights).family, WeightFamily::kTorchvision);
  for (float& value : weights.convolutions.front().weight) {
    value *= 57;  // 255 times torchvision's standard deviation
  }
  EXPECT_EQ(traits_of(weights).family, std::nullopt);
  weights = oriented_weights(1);
  EXPECT_TRUE(traits_of(weights).calibrated);
}

}  // namespace
}  // namespace impasto
