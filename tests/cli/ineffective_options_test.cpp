// An option that would have no effect in the given combination is an error, not silence.
#include "cli/cli_fixture.hpp"

namespace impasto {
namespace {

class CliIneffectiveTest : public CliTest {
 protected:
  /// `option` with its value is refused on top of `others`, and said to have no effect.
  void no_effect(const Words& option, const Words& others = {}) const {
    Words extra = others;
    extra.insert(extra.end(), option.begin(), option.end());
    refused(usual_transfer(extra), 2, option.front());
    EXPECT_NE(run(usual_transfer(extra)).err.find("no effect"), std::string::npos);
  }
};

TEST_F(CliIneffectiveTest, AdamOptionsWithLbfgs) {
  const Words lbfgs{"--optimizer", "lbfgs"};
  no_effect({"--adam-beta1", "0.9"}, lbfgs);
  no_effect({"--adam-beta2", "0.99"}, lbfgs);
  no_effect({"--adam-epsilon", "1e-8"}, lbfgs);
}

TEST_F(CliIneffectiveTest, LbfgsOptionsWithAdam) {
  no_effect({"--lbfgs-history", "5"});
  no_effect({"--lbfgs-line-search", "none"});
}

TEST_F(CliIneffectiveTest, NoiseOptionsWithoutNoise) {
  no_effect({"--noise-std", "0.5"});
  no_effect({"--seed", "7"});
  no_effect({"--seed", "7"}, {"--init", "gray"});
}

TEST_F(CliIneffectiveTest, StyleWeightsWithOneStyle) {
  no_effect({"--style-weights", "1"});
}

TEST_F(CliIneffectiveTest, ScaleIterationsWithoutScales) {
  no_effect({"--scale-iterations", "3,4"});
}

TEST_F(CliIneffectiveTest, SizeBesideScales) {
  no_effect({"--size", "24"}, {"--scales", "16,32"});
}

TEST_F(CliIneffectiveTest, IterationsBesideScaleIterations) {
  no_effect({"--iterations", "9"}, {"--scales", "16,32", "--scale-iterations", "3,4"});
}

TEST_F(CliIneffectiveTest, StyleScaleBesideStyleSize) {
  no_effect({"--style-scale", "2"}, {"--style-size", "32"});
}

TEST_F(CliIneffectiveTest, StyleSizesWithStretch) {
  no_effect({"--style-size", "32"}, {"--stretch"});
  no_effect({"--style-scale", "2"}, {"--stretch"});
  no_effect({"--style-size", "32"}, {"--style-stretch"});
  no_effect({"--style-scale", "2"}, {"--style-stretch"});
  no_effect({"--style-stretch"}, {"--stretch"});
}

TEST_F(CliIneffectiveTest, UpscaleWhereTheSizeIsSettled) {
  no_effect({"--upscale"}, {"--size", "0"});
  no_effect({"--upscale"}, {"--stretch"});
}

TEST_F(CliIneffectiveTest, BalanceWithoutOneOfTheLosses) {
  no_effect({"--balance", "2"}, {"--content-layers", "none"});
  no_effect({"--balance", "2"}, {"--style-layers", "none"});
  no_effect({"--balance", "2"}, {"--content-weight", "0"});
}

TEST_F(CliIneffectiveTest, LossFormsWithoutTheirLoss) {
  no_effect({"--content-loss", "sum"}, {"--content-layers", "none"});
  no_effect({"--content-weight", "2"}, {"--content-layers", "none"});
  no_effect({"--style-loss", "sum"}, {"--style-layers", "none"});
  no_effect({"--style-weight", "2"}, {"--style-layers", "none"});
  no_effect({"--gram", "raw"}, {"--style-layers", "none"});
}

TEST_F(CliIneffectiveTest, GramFormWithTheStyleLossThatFixesIt) {
  no_effect({"--gram", "raw"}, {"--style-loss", "gatys"});
  no_effect({"--gram", "raw"}, {"--style-loss", "w2"});
}

TEST_F(CliIneffectiveTest, SnapshotsFurtherApartThanTheRunIsLongAreToldOf) {
  const std::string told = "there will be no snapshot";
  EXPECT_NE(done(usual_transfer({"--save-every", "4"})).err.find(told), std::string::npos);
  EXPECT_EQ(done(usual_transfer({"--save-every", "3"})).err.find(told), std::string::npos);
}

TEST_F(CliIneffectiveTest, LayersWhoseWeightsAreAllZero) {
  refused(usual_transfer({"--style-layers", "relu1_1=0,relu2_1=0"}), 2, "--style-layers none");
  refused(usual_transfer({"--content-layers", "relu1_1=0"}), 2, "--content-layers none");
  done(usual_transfer({"--style-layers", "relu1_1=0,relu2_1=1"}));
}

TEST_F(CliIneffectiveTest, NoGraphWhereTheCpuIsFoundToDoTheWorkIsWarnedOf) {
  const ProgramResult result = run_program({.arguments = usual_transfer({"--no-graph"}),
                                            .folder = path(""),
                                            .environment = {{"CUDA_VISIBLE_DEVICES", ""}}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("--no-graph has no effect"), std::string::npos) << result.err;
}

TEST_F(CliIneffectiveTest, PrintingTheOptionsAndTheMemoryAtOnce) {
  refused(usual_transfer({"--dry-run", "--print-config"}), 2, "leave one of them out");
}

TEST_F(CliIneffectiveTest, ASizeBeyondThePhotographsIsToldOf) {
  for (const Words& size : {Words{"--size", "80"}, Words{"--scales", "20,80"}}) {
    const ProgramResult result = done(usual_transfer(size));
    EXPECT_NE(result.err.find("--upscale enlarges it to the 80"), std::string::npos) << result.err;
  }
  for (const Words& size : {Words{}, Words{"--size", "40"}, Words{"--size", "80", "--upscale"}}) {
    EXPECT_EQ(done(usual_transfer(size)).err.find("--upscale"), std::string::npos);
  }
}

TEST_F(CliIneffectiveTest, ThreadsOnTheGpu) {
  no_effect({"--threads", "2"}, {"--device", "cuda"});
}

TEST_F(CliIneffectiveTest, ConfigKeyThatNeverHasAnEffectIsRefusedWithItsLine) {
  keep("run.toml", "optimizer = \"adam\"\nlbfgs-history = 5\n");
  Words words = usual_transfer({"--config", "run.toml"});
  words.erase(std::find(words.begin(), words.end(), "--optimizer"),
              std::find(words.begin(), words.end(), "--optimizer") + 2);
  refused(words, 2, "run.toml:2");
}

// The file was right for itself; the command line wins without being told off.
TEST_F(CliIneffectiveTest, ConfigKeyThatTheCommandLineMadeIneffectiveIsNoError) {
  keep("run.toml", "optimizer = \"lbfgs\"\nlbfgs-history = 5\n");
  done(usual_transfer({"--config", "run.toml", "--optimizer", "adam"}));
}

TEST_F(CliIneffectiveTest, ConfigKeyThatTheCommandLineMakesEffectiveIsNoError) {
  keep("run.toml", "adam-beta1 = 0.8\n");
  done(usual_transfer({"--config", "run.toml", "--optimizer", "adam"}));
}

}  // namespace
}  // namespace impasto
