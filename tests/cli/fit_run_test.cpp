// What the command line makes of a preset on weights that it was not published for, and --strength.
#include <gmock/gmock.h>

#include "cli/cli_fixture.hpp"
#include "cli/trace_rows.hpp"

namespace impasto {
namespace {

using testing::HasSubstr;
using testing::Not;

class CliFitTest : public CliTest {
 protected:
  CliFitTest() {
    write_weights_file(path("three.h5"), caffe_network({{4, 4}, {6, 6}, {6, 6, 6, 6}}));
    NetworkWeights other = caffe_network({{4, 4}, {6, 6}, {6, 6, 6, 6}, {8, 8, 8, 8}, {8}});
    other.family = WeightFamily::kTorchvision;
    other.order = ChannelOrder::kRgb;
    other.mean = NetworkWeights{}.mean;
    other.std = NetworkWeights{}.std;
    write_weights_file(path("other.h5"), other);
  }

  /// A transfer with nothing but the preset's settings, made small.
  static Words plain(const std::string& weights, const Words& extra = {}) {
    Words words{"transfer",  "content.png", "style.png", "-o",         "out.png",
                "--weights", weights,       "--size",    "40",         "--iterations",
                "4",         "--threads",   "1",         "--progress", "none"};
    words.insert(words.end(), extra.begin(), extra.end());
    return words;
  }
  [[nodiscard]] std::string config_of(Words words) const {
    words.emplace_back("--print-config");
    const ProgramResult result = done(words);
    EXPECT_EQ(result.err, "");
    return result.out;
  }
  [[nodiscard]] std::string picture_of(const Words& words) const {
    done(words);
    return bytes_of(path("out.png"));
  }
};

TEST_F(CliFitTest, MissingLayersAreReplacedAndOneLineSaysSo) {
  const ProgramResult result = done(plain("three.h5"));
  EXPECT_EQ(count_of(result.err, "\n"), 1U) << result.err;
  EXPECT_EQ(result.err,
            "impasto: note: the weights end at pool3: relu3_2 stands in for relu4_2 (content), "
            "relu3_1 stands in for relu4_1, relu5_1 (style); the style weight is set by gradients "
            "instead, as --balance auto does\n");
  const std::string config = config_of(plain("three.h5"));
  EXPECT_THAT(config, HasSubstr("content-layers = \"relu3_2\"\n"));
  EXPECT_THAT(config,
              HasSubstr("style-layers = \"relu1_1=1000/N^2,relu2_1=1000/N^2,relu3_1=1000/N^2\"\n"));
  EXPECT_THAT(config, HasSubstr("balance = \"auto\"\n"));
  EXPECT_THAT(config, HasSubstr("scales = \"20,40\"\n"));
}

// The preset's weights of content and style are those of its own style loss.
TEST_F(CliFitTest, AnotherKindOfStyleLossIsBalancedByGradientsUnlessTheUserWeighs) {
  write_weights_file(path("caffe.h5"),
                     caffe_network({{4, 4}, {6, 6}, {6, 6, 6, 6}, {8, 8, 8, 8}, {8}}));
  const ProgramResult result = done(plain("caffe.h5", {"--style-loss", "w2"}));
  EXPECT_EQ(result.err,
            "impasto: note: the preset gatys is balanced for another style loss; the style weight "
            "is set by gradients instead, as --balance auto does\n");
  const auto config = [&](const Words& extra) {
    Words words = plain("caffe.h5", extra);
    words.emplace_back("--print-config");
    return done(words).out;
  };
  EXPECT_THAT(config({"--style-loss", "w2"}), HasSubstr("balance = \"auto\"\n"));
  EXPECT_THAT(config({"--style-loss", "w2"}), Not(HasSubstr("\ngram = ")));
  for (const Words& weight :
       {Words{"--style-weight", "3"}, {"--content-weight", "2"}, {"--balance", "4"}}) {
    Words words{"--style-loss", "w2"};
    words.insert(words.end(), weight.begin(), weight.end());
    EXPECT_THAT(config(words), Not(HasSubstr("balance = \"auto\""))) << weight.front();
    EXPECT_EQ(done(plain("caffe.h5", words)).err, "") << weight.front();
  }
  EXPECT_EQ(done(plain("caffe.h5", {"--style-loss", "sum"})).err, "");
}

TEST_F(CliFitTest, EveryPresetRunsOnWeightsThatLackItsLayers) {
  for (const std::string& name : preset_names()) {
    const ProgramResult result = done(plain("three.h5", {"--preset", name}));
    EXPECT_EQ(count_of(result.err, "impasto: note: "), 1U) << name << ": " << result.err;
  }
}

TEST_F(CliFitTest, AnotherFamilyIsBalancedAutomaticallyAndOneLineSaysSo) {
  const Words shallow{"--content-layers", "relu2_2", "--style-layers", "relu1_1,relu2_1"};
  EXPECT_EQ(
      done(plain("other.h5", shallow)).err,
      "impasto: note: the preset gatys is balanced for trained caffe-family weights, which "
      "these are not; the style weight is set by gradients instead, as --balance auto does\n");
  EXPECT_EQ(done(plain("other.h5", {"--content-layers", "relu2_2", "--style-layers",
                                    "relu1_1,relu2_1", "--balance", "1"}))
                .err,
            "");
  const Words weighted{"--style-weight", "3", "--content-weight", "2"};
  EXPECT_THAT(done(plain("other.h5", weighted)).err, HasSubstr("--balance 100 is a value to try"));
  const std::string config = config_of(plain("other.h5", weighted));
  EXPECT_THAT(config, HasSubstr("style-weight = 3\n"));
  EXPECT_THAT(config, HasSubstr("content-weight = 2\n"));
  EXPECT_THAT(config, HasSubstr("balance = \"off\"\n"));
}

TEST_F(CliFitTest, LayersThatTheUserNamesAreNeverReplaced) {
  const Words content{"--content-layers", "relu4_2,relu2_1,relu5_1"};
  refused(plain("three.h5", content), 3, "do not reach relu4_2, relu5_1");
  refused(plain("three.h5", content), 3, "conv1_1, relu1_1, conv1_2");
  refused(plain("three.h5", {"--style-layers", "relu4_1"}), 3, "do not reach relu4_1");
  keep("run.toml", "content-layers = \"relu4_2\"\n");
  refused(plain("three.h5", {"--config", "run.toml"}), 3, "do not reach relu4_2");
}

TEST_F(CliFitTest, FittedRunPrintedAndReadBackIsTheSameRun) {
  for (const Words& options : {Words{}, Words{"--strength", "weak"}, Words{"--style-weight", "5"},
                               Words{"--preset", "udacity"}, Words{"--balance", "7"}}) {
    SCOPED_TRACE(testing::PrintToString(options));
    const std::string picture = picture_of(plain("three.h5", options));
    const std::string config = config_of(plain("three.h5", options));
    keep("run.toml", config);
    const Words again{"transfer", "content.png", "style.png",  "-o",  "out.png",
                      "--config", "run.toml",    "--progress", "none"};
    EXPECT_TRUE(picture_of(again) == picture);
    EXPECT_EQ(config_of({"transfer", "--config", "run.toml"}), config);
  }
}

TEST_F(CliFitTest, WithoutWeightsTheConfigLeavesOpenWhatDependsOnThem) {
  const std::string config =
      config_of({"transfer", "--weights", "later.h5", "--tv-weight", "5", "--style-weight", "3"});
  EXPECT_THAT(config, HasSubstr("# content-layers = \"relu4_2\"\n"));
  EXPECT_THAT(config, HasSubstr("\nstyle-weight = 3\n")) << "it was given";
  keep("run.toml", config);
  const Words run{"transfer", "content.png", "style.png", "-o", "out.png",
                  "--config", "run.toml",    "--size",    "40", "--iterations",
                  "4",        "--progress",  "none"};
  refused(run, 3, "later.h5");
  write_weights_file(path("later.h5"), caffe_network({{4, 4}, {6, 6}}));
  EXPECT_THAT(done(run).err, HasSubstr("relu2_2 stands in for relu4_2"));
}

TEST_F(CliFitTest, ScalesOfTheUserReplaceThePresets) {
  const std::string config =
      config_of({"transfer", "--weights", "three.h5", "--scales", "16,32,40"});
  EXPECT_THAT(config, HasSubstr("scales = \"16,32,40\"\n"));
  EXPECT_THAT(config, HasSubstr("iterations = 200\n")) << "as many as over the preset's scales";
  EXPECT_EQ(config.find("scale-iterations"), std::string::npos);
}

TEST_F(CliFitTest, StrengthMultipliesTheBalanceOrTheStyleWeight) {
  const auto pictures_agree = [&](const Words& one, const Words& other) {
    EXPECT_TRUE(picture_of(usual_transfer(one)) == picture_of(usual_transfer(other)))
        << testing::PrintToString(one) << " and " << testing::PrintToString(other);
  };
  pictures_agree({"--balance", "5", "--strength", "strong"}, {"--balance", "20"});
  pictures_agree({"--balance", "8", "--strength", "weak"}, {"--balance", "2"});
  pictures_agree({"--style-weight", "8", "--strength", "0.5"}, {"--style-weight", "4"});
  pictures_agree({"--strength", "normal"}, {});
  const Words quick{"--optimizer", "adam", "--learning-rate", "5"};
  Words faint = quick;
  faint.insert(faint.end(), {"--strength", "1e-5"});
  EXPECT_FALSE(picture_of(plain("three.h5", faint)) == picture_of(plain("three.h5", quick)));
}

TEST_F(CliFitTest, StrengthIsAWordOrANumberEverywhere) {
  keep("run.toml", "strength = \"strong\"\n");
  EXPECT_THAT(config_of({"transfer", "--config", "run.toml"}),
              HasSubstr("strength = \"strong\"\n"));
  keep("run.toml", "strength = 2\n");
  EXPECT_THAT(config_of({"transfer", "--config", "run.toml"}), HasSubstr("strength = 2\n"));
  for (const std::string bad : {"0", "-1", "loud", "nan", ""}) {
    refused(usual_transfer({"--strength", bad}), 2, "strength");
  }
  refused(usual_transfer({"--style-layers", "none", "--strength", "2"}), 2, "has no effect");
  refused(usual_transfer({"--balance", "3", "--style-weight", "2"}), 2, "has no effect");
  done({"sweep", "content.png", "style.png", "--vary", "strength=weak,normal,strong", "--weights",
        "three.h5", "--size", "32", "--iterations", "2", "-o", "grid.png", "--progress", "none"});
  EXPECT_TRUE(exists("grid_panels/strength_weak.png"));
}

}  // namespace
}  // namespace impasto
