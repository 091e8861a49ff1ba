// Whole transfers through the library, on every backend.
#include "transfer/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "impasto/error.hpp"
#include "support/backends.hpp"
#include "support/small_network.hpp"
#include "transfer/sizes.hpp"

namespace impasto {
namespace {

TransferOptions small_options() {
  TransferOptions options = preset("gatys");
  options.size = 0;
  options.content_layers = {{"relu2_1"}};
  options.style_layers = {{"relu1_1"}, {"relu2_1"}};
  options.optimizer = OptimizerKind::kAdam;
  options.learning_rate = 0.05;
  options.iterations = 8;
  return options;
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t n = 0; n < a.rgb.size(); ++n) {
    sum += std::abs(static_cast<double>(a.rgb[n]) - static_cast<double>(b.rgb[n]));
  }
  return sum / static_cast<double>(a.rgb.size());
}

class Session : public testing::TestWithParam<BackendUnderTest> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
  NetworkWeights weights_ = small_network({{4, 4}, {6, 6}}, 1);
  Image content_ = test_picture(23, 17, 1);
  Image style_ = test_picture(19, 21, 2);
  TransferObserver silent_;

  TransferResult run(const TransferOptions& options) {
    return transfer_on(*backend_, content_, {style_}, weights_, options, silent_);
  }
};

TEST_P(Session, LowersTheLossAndMovesThePicture) {
  const TransferResult result = run(small_options());
  EXPECT_EQ(result.outcome, Outcome::kCompleted);
  ASSERT_EQ(result.trace.size(), 8U);
  EXPECT_LT(result.trace.back().total, 0.9 * result.trace.front().total);
  EXPECT_EQ(result.picture.width, 23);
  EXPECT_EQ(result.picture.height, 17);
  EXPECT_GT(mean_difference(result.picture, content_), 0.01);
}

TEST_P(Session, FirstEvaluationFromTheContentHasNoContentLoss) {
  const TransferResult result = run(small_options());
  EXPECT_NEAR(result.trace.front().content, 0, 1e-9);
  EXPECT_GT(result.trace.back().content, 0);
}

TEST_P(Session, IsTheSameTwice) {
  TransferOptions options = small_options();
  options.init = InitialImage::kNoise;
  options.seed = 7;
  EXPECT_EQ(run(options).picture.rgb, run(options).picture.rgb);
  const Image other = run(options).picture;
  options.seed = 8;
  EXPECT_NE(run(options).picture.rgb, other.rgb);
}

TEST_P(Session, CoarseToFineGoesOnFromTheLastScale) {
  TransferOptions options = small_options();
  options.scales = {12, 23};
  options.scale_iterations = {3, 4};
  const TransferResult result = run(options);
  ASSERT_EQ(result.trace.size(), 7U);
  EXPECT_EQ(result.trace[2].scale, 1);
  EXPECT_EQ(result.trace[3].scale, 2);
  EXPECT_EQ(result.trace[6].iteration, 7);
  EXPECT_EQ(result.picture.width, 23);
  EXPECT_GT(result.trace[3].content, 0) << "the second scale does not start from the content";
}

TEST_P(Session, AScaleTooSmallForTheNetworkIsLeftOutNotFatal) {
  TransferOptions options = small_options();
  options.scales = {1, 23};
  options.scale_iterations = {3, 4};
  const TransferResult result = run(options);
  EXPECT_EQ(result.trace.size(), 7U) << "its evaluations go to the next scale";
  EXPECT_EQ(result.trace.back().scale, 1);
}

TEST_P(Session, BalanceMakesTheResultIndependentOfTheStyleWeight) {
  TransferOptions options = small_options();
  options.balance = 5;
  const TransferResult one = run(options);
  options.style_weight = 1000;
  const TransferResult thousand = run(options);
  EXPECT_NEAR(one.style_weight, thousand.style_weight,
              std::max(1e-3, GetParam().network_tolerance) * one.style_weight);
  options.balance = 10;
  EXPECT_NEAR(run(options).style_weight, 2 * one.style_weight,
              std::max(1e-2, GetParam().network_tolerance) * one.style_weight);
}

TEST_P(Session, TwoStylesBlendTheirGramMatrices) {
  // All the weight on one of two styles is that style alone.
  const TransferResult alone = run(small_options());
  TransferOptions options = small_options();
  options.style_weights = {3, 0};
  const TransferResult blended = transfer_on(*backend_, content_, {style_, test_picture(30, 20, 9)},
                                             weights_, options, silent_);
  for (std::size_t n = 0; n < alone.trace.size(); ++n) {
    EXPECT_NEAR(blended.trace[n].total, alone.trace[n].total, 1e-5 * alone.trace[n].total);
  }
}

TEST_P(Session, GivesTransparencyBack) {
  content_.alpha.assign(23 * 17, 0.25F);
  const TransferResult result = run(small_options());
  ASSERT_EQ(result.picture.alpha.size(), 23U * 17U);
  EXPECT_NEAR(result.picture.alpha[40], 0.25, 1e-6);
}

TEST_P(Session, ARunThatBlowsUpIsRolledBackAndRetriedAtHalfTheStep) {
  // A step of 1e30 overflows float32 features; the double reference needs more.
  TransferOptions options = small_options();
  options.learning_rate = backend_->pixel_type() == ElementType::kFloat64 ? 1e250 : 1e30;
  struct CountedWarnings : TransferObserver {
    int count = 0;
    void on_warning(const std::string& message) override {
      ++count;
      EXPECT_NE(message.find("half the step"), std::string::npos);
    }
  } warnings;
  const TransferResult result =
      transfer_on(*backend_, content_, {style_}, weights_, options, warnings);
  EXPECT_EQ(result.outcome, Outcome::kDiverged);
  EXPECT_EQ(warnings.count, 3);
  EXPECT_LT(mean_difference(result.picture, content_), 0.01) << "the last good picture is kept";
  for (const float value : result.picture.rgb) {
    ASSERT_TRUE(std::isfinite(value));
  }
}

TEST_P(Session, StopsWhenAskedToAndKeepsThePictureSoFar) {
  struct StopAtThree : TransferObserver {
    int evaluations = 0;
    void on_evaluation(const TraceRow&, std::int64_t) override { ++evaluations; }
    bool stop_requested() override { return evaluations >= 3; }
  } stopper;
  const TransferResult result =
      transfer_on(*backend_, content_, {style_}, weights_, small_options(), stopper);
  EXPECT_EQ(result.outcome, Outcome::kInterrupted);
  // A device that runs ahead ends its batch first, the third of which has 2 iterations where the
  // second had but one because an iteration took so long.
  EXPECT_EQ(result.trace.size(), static_cast<std::size_t>(stopper.evaluations));
  EXPECT_GE(result.trace.size(), 3U);
  EXPECT_LE(result.trace.size(), backend_->runs_ahead() ? 4U : 3U);
  EXPECT_GT(mean_difference(result.picture, content_), 0.001);
}

TEST_P(Session, SnapshotsComeEverySoManyEvaluations) {
  struct Snapshots : TransferObserver {
    std::vector<std::int64_t> iterations;
    void on_snapshot(std::int64_t iteration, const Image& picture) override {
      iterations.push_back(iteration);
      EXPECT_EQ(picture.width, 23);
    }
  } snapshots;
  TransferOptions options = small_options();
  options.save_every = 3;
  transfer_on(*backend_, content_, {style_}, weights_, options, snapshots);
  EXPECT_EQ(snapshots.iterations, (std::vector<std::int64_t>{3, 6}));
}

TEST_P(Session, CalibratedNetworksWorkWithEveryPadding) {
  weights_.calibrate = true;
  for (const Padding padding : {Padding::kZero, Padding::kReflect, Padding::kReplicate}) {
    TransferOptions options = small_options();
    options.padding = padding;
    const TransferResult result = run(options);
    EXPECT_LT(result.trace.back().total, result.trace.front().total);
  }
}

TEST_P(Session, CaffeFamilyWeightsGiveTheSamePictureAsTheirTorchvisionTwin) {
  // conv1_1 of the twin takes 255·bgr − mean: fold the change of input into its filters.
  NetworkWeights caffe = weights_;
  caffe.family = WeightFamily::kCaffe;
  caffe.order = ChannelOrder::kBgr;
  caffe.mean = {0.406F * 255, 0.456F * 255, 0.485F * 255};
  caffe.std = {1, 1, 1};
  const float std[3] = {0.229F, 0.224F, 0.225F};
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t t = 0; t < 9; ++t) {
        caffe.convolutions[0].weight[(k * 3 + 2 - c) * 9 + t] =
            weights_.convolutions[0].weight[(k * 3 + c) * 9 + t] / (255 * std[c]);
      }
    }
  }
  TransferOptions options = small_options();
  options.iterations = 1;
  const double torchvision = run(options).trace[0].total;
  const double twin =
      transfer_on(*backend_, content_, {style_}, caffe, options, silent_).trace[0].total;
  EXPECT_NEAR(twin, torchvision, std::max(1e-4, GetParam().network_tolerance) * torchvision);
}

TEST_P(Session, RefusesWhatCannotWork) {
  TransferOptions options = small_options();
  options.content_layers = {{"relu5_1"}};
  EXPECT_THROW(run(options), InputError);
  options = small_options();
  options.content_weight = 0;
  options.style_weight = 0;
  EXPECT_THROW(run(options), UsageError);
  options = small_options();
  options.style_weights = {1, 2};
  EXPECT_THROW(run(options), UsageError);
  options = small_options();
  options.learning_rate = std::nan("");
  EXPECT_THROW(run(options), UsageError);
  EXPECT_THROW(transfer_on(*backend_, content_, {}, weights_, small_options(), silent_),
               UsageError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Session, testing::ValuesIn(every_way_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

TEST(Sizes, KeepTheAspectAndNeverEnlargeUnasked) {
  TransferOptions options;
  options.size = 512;
  EXPECT_EQ(scales_of(options, Image(300, 200))[0].size, (PixelSize{300, 200}));
  options.upscale = true;
  EXPECT_EQ(scales_of(options, Image(300, 200))[0].size, (PixelSize{512, 341}));
  EXPECT_EQ(scales_of(options, Image(1024, 1))[0].size, (PixelSize{512, 1}));
  options.size = 0;
  EXPECT_EQ(scales_of(options, Image(300, 200))[0].size, (PixelSize{300, 200}));
  options.size = 64;
  options.stretch = true;
  EXPECT_EQ(scales_of(options, Image(300, 200))[0].size, (PixelSize{64, 64}));
}

TEST(Sizes, ScalesBeyondThePictureAreMergedAndShareTheirIterations) {
  TransferOptions options;
  options.scales = {128, 256, 512};
  options.iterations = 100;
  const std::vector<Scale> scales = scales_of(options, Image(200, 100));
  ASSERT_EQ(scales.size(), 2U);
  EXPECT_EQ(scales[0].size, (PixelSize{128, 64}));
  EXPECT_EQ(scales[1].size, (PixelSize{200, 100}));
  EXPECT_EQ(scales[0].iterations + scales[1].iterations, 100);
}

TEST(Sizes, StyleImagesFollowTheOutputOrTheirOwnOptions) {
  TransferOptions options;
  const Image style(400, 200);
  EXPECT_EQ(style_size_of(options, style, {100, 50}), (PixelSize{100, 50}));
  options.style_scale = 2;
  EXPECT_EQ(style_size_of(options, style, {50, 100}), (PixelSize{200, 100}));
  options.style_size = 0;
  EXPECT_EQ(style_size_of(options, style, {50, 100}), (PixelSize{400, 200}));
  options.style_stretch = true;
  EXPECT_EQ(style_size_of(options, style, {50, 100}), (PixelSize{50, 100}));
  options.style_stretch = false;
  options.stretch = true;
  EXPECT_EQ(style_size_of(options, style, {64, 64}), (PixelSize{64, 64}));
}

}  // namespace
}  // namespace impasto
