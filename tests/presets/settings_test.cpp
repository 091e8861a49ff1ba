// What run settings make, from plain texts: as a program without a command line would decide it.
#include "presets/settings.hpp"

#include <gmock/gmock.h>

#include "impasto/error.hpp"
#include "presets/fit_settings.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

using testing::HasSubstr;
using testing::Throws;
using testing::ThrowsMessage;

TEST(Settings, PresetThenFileThenWhatIsGiven) {
  SettingSources sources;
  sources.config = {{"preset", "udacity", "run.toml:1"},
                    {"iterations", "70", "run.toml:2"},
                    {"style-weight", "5", "run.toml:3"}};
  sources.given = {{"iterations", "9"}};
  const DecidedSettings decided = decide_settings(sources);
  EXPECT_EQ(decided.options.preset, "udacity");
  EXPECT_EQ(decided.options.optimizer, OptimizerKind::kAdam);
  EXPECT_EQ(decided.options.style_weight, 5);
  EXPECT_EQ(decided.options.iterations, 9);
  EXPECT_EQ(decided.on_top, (std::vector<Settings>{{{"iterations", "70"}, {"style-weight", "5"}},
                                                   {{"iterations", "9"}}}));
  EXPECT_TRUE(decided.ineffective.empty());
  sources.preset = "neural-style";
  EXPECT_EQ(decide_settings(sources).options.preset, "neural-style");
}

TEST(Settings, WeightsAreTheGivenOnesThenTheFilesThenOthersAndDecideThePreset) {
  SettingSources sources;
  EXPECT_EQ(decide_settings(sources).weights, "");
  EXPECT_EQ(decide_settings(sources).options.preset, "gatys");
  sources.other_weights = "oriented:7";
  EXPECT_EQ(decide_settings(sources).weights, "oriented:7");
  EXPECT_EQ(decide_settings(sources).options.preset, "oriented");
  sources.config = {{"weights", "vgg19.h5", "run.toml:1"}};
  EXPECT_EQ(decide_settings(sources).weights, "vgg19.h5");
  EXPECT_EQ(decide_settings(sources).options.preset, "gatys");
  sources.weights = "oriented";
  EXPECT_EQ(decide_settings(sources).weights, "oriented");
  EXPECT_EQ(decide_settings(sources).options.preset, "oriented");
}

TEST(Settings, WhatHasNoEffectIsNamedWithItsReasonAndInAFileRefused) {
  SettingSources sources;
  sources.given = {{"adam-beta1", "0.8"}};
  EXPECT_THAT(decide_settings(sources).ineffective.at("adam-beta1"), HasSubstr("lbfgs"));
  sources.given = {};
  sources.config = {{"adam-beta1", "0.8", "run.toml:4"}};
  EXPECT_THAT([&] { decide_settings(sources); },
              ThrowsMessage<UsageError>(HasSubstr("run.toml:4")));
  sources.given = {{"optimizer", "adam"}};
  EXPECT_EQ(decide_settings(sources).options.adam_beta1, 0.8);
  sources.config = {{"preset", "no such", "run.toml:5"}};
  EXPECT_THAT([&] { decide_settings(sources); },
              ThrowsMessage<UsageError>(HasSubstr("run.toml:5")));
}

TEST(Settings, SizeAndIterationsMoveScalesThatCameFromElsewhere) {
  SettingSources sources;
  sources.config = {{"scales", "128,256,512", "run.toml:1"},
                    {"scale-iterations", "80,80,60", "run.toml:2"}};
  sources.given = {{"size", "256"}, {"iterations", "110"}};
  const TransferOptions options = decide_settings(sources).options;
  EXPECT_EQ(options.scales, (std::vector<std::int64_t>{64, 128, 256}));
  EXPECT_EQ(options.scale_iterations, (std::vector<std::int64_t>{40, 40, 30}));
}

TEST(Settings, AnInterruptedRunsOptionsTakeThePresetsPlace) {
  TransferOptions start = decide_settings({}).options;
  start.tv_weight = 0.25;
  SettingSources sources;
  sources.config = {{"style-weight", "77", "out.checkpoint"}};  // is in its options already
  sources.given = {{"threads", "3"}};
  const DecidedSettings decided = decide_on(start, sources);
  EXPECT_EQ(decided.options.tv_weight, 0.25);
  EXPECT_EQ(decided.options.threads, 3);
  EXPECT_NE(decided.options.style_weight, 77);
}

TEST(Settings, IterationsAreSharedInProportion) {
  EXPECT_EQ(share_iterations(110, {80, 80, 60}), (std::vector<std::int64_t>{40, 40, 30}));
  EXPECT_EQ(share_iterations(10, {1, 1, 1}), (std::vector<std::int64_t>{3, 4, 3}));
  EXPECT_EQ(share_iterations(2, {1, 1, 1}), (std::vector<std::int64_t>{0, 1, 1}));
}

TEST(Settings, AreFittedToTheWeightsWithWhatWasSetOnTop) {
  DecidedSettings decided = decide_settings({});
  const std::vector<Settings> on_top{{{"tv-weight", "0.5"}}, {{"iterations", "6"}}};
  const NetworkTraits truncated{{"conv1_1", "relu1_1", "conv2_1", "relu2_1"}, WeightFamily::kCaffe};
  const std::string note = fit_settings(decided.options, on_top, truncated);
  EXPECT_THAT(note, HasSubstr("the weights end at relu2_1"));
  EXPECT_TRUE(decided.options.auto_balance);
  EXPECT_EQ(decided.options.content_layers.front().tap, "relu2_1");
  EXPECT_EQ(decided.options.tv_weight, 0.5);
  EXPECT_EQ(decided.options.iterations, 6);
}

}  // namespace
}  // namespace impasto
