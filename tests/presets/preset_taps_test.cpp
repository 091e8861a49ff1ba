// What is said when the weights do not have the layers that a preset reads.
#include "presets/preset_taps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impasto/error.hpp"
#include "network/topology.hpp"
#include "support/small_network.hpp"

namespace impasto {
namespace {

using Blocks = std::vector<std::vector<std::int64_t>>;

std::vector<std::string> taps_of(const Blocks& blocks) {
  return tap_names(small_network(blocks, 1));
}

const Blocks kVgg16{{2, 2}, {2, 2}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}};
const Blocks kVgg19{{2, 2}, {2, 2}, {2, 2, 2, 2}, {2, 2, 2, 2}, {2, 2, 2, 2}};
const Blocks kThreeBlocksOfVgg19{{2, 2}, {2, 2}, {2, 2, 2, 2}};

TEST(PresetTaps, WholeVgg19ServesEveryPreset) {
  for (const std::string& name : preset_names()) {
    EXPECT_NO_THROW(require_preset_taps(preset(name), taps_of(kVgg19), "vgg19.h5")) << name;
  }
}

TEST(PresetTaps, Vgg16ServesAllButTheOneThatReadsFourthConvolutions) {
  for (const std::string& name : preset_names()) {
    if (name == "image-to-style") {
      EXPECT_THROW(require_preset_taps(preset(name), taps_of(kVgg16), "vgg16.h5"), InputError);
    } else {
      EXPECT_NO_THROW(require_preset_taps(preset(name), taps_of(kVgg16), "vgg16.h5")) << name;
    }
  }
}

TEST(PresetTaps, NearestSharesTheMostLayers) {
  // relu1_2 and relu2_2: the notebook and oriented share both, the notebook has fewer others.
  EXPECT_EQ(nearest_preset("image-to-style", taps_of(kVgg16)), "torchvision-notebook");
  // relu1_1, relu2_1, relu3_1, likewise.
  EXPECT_EQ(nearest_preset("gatys", taps_of(kThreeBlocksOfVgg19)), "torchvision-notebook");
  EXPECT_EQ(nearest_preset("torchvision-notebook", taps_of(kThreeBlocksOfVgg19)), "oriented");
  // The very layers of gatys.
  EXPECT_EQ(nearest_preset("udacity", taps_of(kVgg19)), "gatys");
  EXPECT_EQ(nearest_preset("gatys", taps_of({{2, 2}, {2, 2}})), "") << "nothing works to pool2";
}

TEST(PresetTaps, ErrorListsMissingLayersThoseThereAreAndTheNearestPreset) {
  try {
    require_preset_taps(preset("gatys"), taps_of(kThreeBlocksOfVgg19), "small.h5");
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("relu4_1, relu4_2, relu5_1"));
    EXPECT_THAT(error.what(), testing::HasSubstr("small.h5"));
    EXPECT_THAT(error.what(), testing::HasSubstr("--preset torchvision-notebook"));
    EXPECT_THAT(error.what(), testing::HasSubstr("conv1_1, relu1_1, conv1_2"));
    EXPECT_THAT(error.what(), testing::HasSubstr("relu3_4"));
  }
}

TEST(PresetTaps, LayersChosenAnewAreNotThePresets) {
  TransferOptions options = preset("gatys");
  options.content_layers = {{"relu3_2"}};
  options.style_layers = {{"relu1_1"}, {"relu9_9"}};  // find_tap's to refuse
  EXPECT_NO_THROW(require_preset_taps(options, taps_of(kThreeBlocksOfVgg19), "small.h5"));
  options.style_layers = preset("gatys").style_layers;
  EXPECT_THROW(require_preset_taps(options, taps_of(kThreeBlocksOfVgg19), "small.h5"), InputError);
}

}  // namespace
}  // namespace impasto
