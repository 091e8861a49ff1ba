// The plan: lifetimes, addresses and sizes.
#include "network/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "backend/reference/reference_backend.hpp"
#include "impasto/error.hpp"
#include "network/network.hpp"

namespace impasto {
namespace {

constexpr FeatureStorage kFloat32{4, 1};
constexpr FeatureStorage kBfloat16{2, 1};

/// VGG-19's shape without its weights: a plan needs channels only.
std::vector<Layer> vgg19_layers() {
  NetworkWeights weights;
  const std::vector<std::pair<int, std::int64_t>> blocks{
      {2, 64}, {2, 128}, {4, 256}, {4, 512}, {4, 512}};
  std::int64_t in_channels = 3;
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    for (int index = 1; index <= blocks[block].first; ++index) {
      ConvolutionWeights convolution;
      convolution.block = static_cast<int>(block) + 1;
      convolution.index = index;
      convolution.in_channels = in_channels;
      convolution.out_channels = blocks[block].second;
      in_channels = convolution.out_channels;
      weights.convolutions.push_back(convolution);
    }
  }
  weights.pool_after_last_block = true;
  return layers_of(weights);
}

WalkOptions walk_to(const std::vector<Layer>& layers, const std::vector<std::string>& taps,
                    const Shape& picture) {
  WalkOptions options;
  options.picture = picture;
  for (const std::string& tap : taps) {
    options.taps.push_back(find_tap(layers, tap));
  }
  return options;
}

void expect_no_overlap(const Plan& plan) {
  for (std::size_t a = 0; a < plan.values.size(); ++a) {
    const Value& first = plan.values[a];
    EXPECT_LE(first.offset + first.bytes, plan.arena_bytes);
    EXPECT_LE(first.first, first.last) << first.name;
    for (std::size_t b = a + 1; b < plan.values.size(); ++b) {
      const Value& second = plan.values[b];
      const bool same_time = first.first <= second.last && second.first <= first.last;
      const bool same_place =
          first.offset < second.offset + second.bytes && second.offset < first.offset + first.bytes;
      EXPECT_FALSE(same_time && same_place) << first.name << " and " << second.name;
    }
  }
}

TEST(Plan, ValuesAliveAtTheSameTimeNeverShareMemory) {
  const std::vector<Layer> layers = vgg19_layers();
  const std::vector<std::vector<std::string>> tap_sets{
      {"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1", "relu4_2"},
      {"conv1_1", "relu1_1", "conv2_2", "pool2", "relu3_4", "pool3"},
      {"pool5"},
      {"conv1_1"}};
  for (const auto& taps : tap_sets) {
    for (const Pooling pooling : {Pooling::kMax, Pooling::kAverage}) {
      for (const Padding padding : {Padding::kZero, Padding::kReflect}) {
        for (const bool backward : {true, false}) {
          WalkOptions options = walk_to(layers, taps, {3, 67, 83});
          options.pooling = pooling;
          options.padding = padding;
          options.backward = backward;
          expect_no_overlap(make_plan(layers, options, kFloat32));
          expect_no_overlap(make_plan(layers, options, {4, 1, true}));
        }
      }
    }
  }
}

TEST(Plan, StopsAtTheDeepestTap) {
  const std::vector<Layer> layers = vgg19_layers();
  const Plan plan =
      make_plan(layers, walk_to(layers, {"relu1_1", "relu3_1"}, {3, 64, 64}), kFloat32);
  EXPECT_EQ(plan.values[plan.steps.back().y].name, "relu3_1");
}

TEST(Plan, ReluIsFusedUnlessTheConvolutionIsTapped) {
  const std::vector<Layer> layers = vgg19_layers();
  const auto count = [&](const std::vector<std::string>& taps, StepKind kind) {
    const Plan plan = make_plan(layers, walk_to(layers, taps, {3, 32, 32}), kFloat32);
    return std::count_if(plan.steps.begin(), plan.steps.end(),
                         [&](const Step& step) { return step.kind == kind; });
  };
  EXPECT_EQ(count({"relu2_2"}, StepKind::kRelu), 0);
  EXPECT_EQ(count({"conv1_2", "relu2_2"}, StepKind::kRelu), 1);
}

// relu1_2 and relu2_2 are pooled, the others convolved; to the gradients of relu2_1 and relu3_1,
// which are taps, the convolutions behind add what the losses wrote.
TEST(Plan, MasksGoToWhatWritesAGradientWhereTheBackendLikesThat) {
  const std::vector<Layer> layers = vgg19_layers();
  WalkOptions options = walk_to(layers, {"relu2_1", "relu3_1", "relu3_3"}, {3, 64, 64});
  FeatureStorage storage = kFloat32;
  const auto masked = [&](const Plan& plan) {
    std::vector<std::string> names;
    for (std::size_t s = 0; s < plan.steps.size(); ++s) {
      const Step& step = plan.steps[s];
      if (step.masked_dy) {
        names.push_back(plan.values[step.y].name);
        EXPECT_TRUE(plan.steps[s + 1].mask_dx);
        EXPECT_EQ(plan.steps[s + 1].x, step.y);
        EXPECT_EQ(plan.steps[s + 1].add_dx, step.tap.has_value());
      }
    }
    return names;
  };
  EXPECT_EQ(masked(make_plan(layers, options, storage)), std::vector<std::string>{});
  storage.masks_when_written = true;
  const Plan plan = make_plan(layers, options, storage);
  EXPECT_EQ(masked(plan), (std::vector<std::string>{"relu1_1", "relu1_2", "relu2_1", "relu2_2",
                                                    "relu3_1", "relu3_2"}));
  expect_no_overlap(plan);
  EXPECT_FALSE(plan.steps[1].to_picture);
  storage.gradients_reach_pictures = true;
  EXPECT_TRUE(make_plan(layers, options, storage).steps[1].to_picture);
  // Average pooling does not look at its input, nor does padding.
  options.pooling = Pooling::kAverage;
  EXPECT_EQ(masked(make_plan(layers, options, storage)),
            (std::vector<std::string>{"relu1_1", "relu2_1", "relu3_1", "relu3_2"}));
  options.padding = Padding::kReflect;
  EXPECT_EQ(masked(make_plan(layers, options, storage)), std::vector<std::string>{});
  for (const Step& step : make_plan(layers, options, storage).steps) {
    EXPECT_FALSE(step.to_picture) << "the padding is between";
  }
}

// The kernel that reaches the picture masks by itself; pooling does not add; nothing follows the
// deepest tap.
TEST(Plan, LossesJoinAGradientThatIsThereWhereNoConvolutionMasksIt) {
  const std::vector<Layer> layers = vgg19_layers();
  FeatureStorage storage = kFloat32;
  storage.masks_when_written = true;
  storage.gradients_reach_pictures = true;
  const Plan plan = make_plan(
      layers, walk_to(layers, {"relu1_1", "relu1_2", "relu2_1", "relu2_2"}, {3, 64, 64}), storage);
  std::vector<std::string> added;
  for (const Step& step : plan.steps) {
    if (step.add_dx) {
      added.push_back(plan.values[step.addend].name);
    }
  }
  EXPECT_EQ(added, std::vector<std::string>{"d relu2_1 of its losses"});
  expect_no_overlap(plan);
}

TEST(Plan, KeepsLittleMoreThanTheActivationsAndOneGradient) {
  // 64·HW·(2 + 2/2 + 4/4 + 4/8 + 1/32) post-ReLU values, one gradient of 64·HW, and the pooled maps
  // in passing.
  const std::vector<Layer> layers = vgg19_layers();
  const WalkOptions options = walk_to(
      layers, {"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1", "relu4_2"}, {3, 512, 512});
  const Plan plan = make_plan(layers, options, kFloat32);
  const double hw = 512.0 * 512.0;
  const double activations = 64 * hw * (2 + 2.0 / 2 + 4.0 / 4 + 4.0 / 8 + 1.0 / 32);
  EXPECT_LT(static_cast<double>(plan.arena_bytes), 4 * (activations + 1.1 * 64 * hw));
}

TEST(Plan, AForwardWalkNeedsFarLessThanABackwardOne) {
  const std::vector<Layer> layers = vgg19_layers();
  WalkOptions options = walk_to(layers, {"relu5_1"}, {3, 256, 256});
  const std::size_t backward = make_plan(layers, options, kFloat32).arena_bytes;
  options.backward = false;
  EXPECT_LT(2 * make_plan(layers, options, kFloat32).arena_bytes, backward);
}

// The picture itself may be a tap: then its gradient is joined by a loss, and no convolution's is
// the picture's at once.
TEST(Plan, ThePictureItselfMayBeATapAndTheOnlyOne) {
  const std::vector<Layer> layers = vgg19_layers();
  FeatureStorage storage = kFloat32;
  storage.masks_when_written = true;
  storage.gradients_reach_pictures = true;
  WalkOptions options = walk_to(layers, {"relu2_1"}, {3, 32, 48});
  options.taps.push_back(kPixels);
  const Plan plan = make_plan(layers, options, storage);
  EXPECT_EQ(plan.steps.front().tap, 1U);
  EXPECT_FALSE(plan.steps[1].to_picture);
  EXPECT_EQ(plan.values[plan.steps.back().y].name, "relu2_1");
  EXPECT_EQ(tap_shapes(plan)[1], (Shape{3, 32, 48}));
  expect_no_overlap(plan);
  options.taps = {kPixels};
  const Plan alone = make_plan(layers, options, storage);
  EXPECT_EQ(alone.steps.size(), 1U);
  expect_no_overlap(alone);
  EXPECT_EQ(deepest_layer({kPixels}), std::nullopt);
  EXPECT_EQ(deepest_layer({3, kPixels, 7, 1}), 7U);
}

TEST(Plan, HalfPrecisionNeedsHalfTheBytes) {
  const std::vector<Layer> layers = vgg19_layers();
  const WalkOptions options = walk_to(layers, {"relu4_1"}, {3, 128, 128});
  EXPECT_EQ(make_plan(layers, options, kFloat32).arena_bytes,
            2 * make_plan(layers, options, kBfloat16).arena_bytes);
}

TEST(Plan, RefusesAPictureTooSmallForItsTaps) {
  const std::vector<Layer> layers = vgg19_layers();
  EXPECT_THROW(make_plan(layers, walk_to(layers, {"relu2_1"}, {3, 1, 5000}), kFloat32), InputError);
  EXPECT_THROW(make_plan(layers, walk_to(layers, {"relu5_1"}, {3, 15, 64}), kFloat32), InputError);
  EXPECT_NO_THROW(make_plan(layers, walk_to(layers, {"relu1_2"}, {3, 1, 5000}), kFloat32));
  WalkOptions reflect = walk_to(layers, {"relu1_2"}, {3, 1, 5000});
  reflect.padding = Padding::kReflect;
  EXPECT_THROW(make_plan(layers, reflect, kFloat32), InputError);
}

TEST(Plan, RefusesAWalkWithoutTaps) {
  const std::vector<Layer> layers = vgg19_layers();
  EXPECT_THROW(make_plan(layers, walk_to(layers, {}, {3, 8, 8}), kFloat32), UsageError);
}

TEST(Topology, TellsAnUnknownTapFromOneTooDeep) {
  std::vector<Layer> layers = vgg19_layers();
  layers.resize(find_tap(layers, "relu3_1") + 1);
  EXPECT_THROW(find_tap(layers, "relu9_9"), UsageError);
  EXPECT_THROW(find_tap(layers, "relu1_3"), UsageError);
  EXPECT_THROW(find_tap(layers, ""), UsageError);
  EXPECT_THROW(find_tap(layers, "relu5_1"), InputError);
  EXPECT_THROW(find_tap(layers, "pool3"), InputError);
  try {
    find_tap(layers, "relu5_1");
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("relu3_1"), std::string::npos) << "taps are listed";
  }
}

}  // namespace
}  // namespace impasto
