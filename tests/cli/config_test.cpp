// --print-config and --config: what is printed can be read back, and the command line wins.
#include <set>

#include "cli/cli_fixture.hpp"
#include "impasto/options.hpp"

namespace impasto {
namespace {

class CliConfigTest : public CliTest {
 protected:
  /// What --print-config says for these options.
  [[nodiscard]] std::string printed(const Words& options) const {
    Words words{"transfer", "--print-config"};
    words.insert(words.end(), options.begin(), options.end());
    const ProgramResult result = done(words);
    EXPECT_EQ(result.err, "");
    return result.out;
  }
  void expect_read_back(const Words& options) const {
    SCOPED_TRACE(::testing::PrintToString(options));
    const std::string first = printed(options);
    keep("run.toml", first);
    EXPECT_EQ(printed({"--config", "run.toml"}), first);
  }
};

TEST_F(CliConfigTest, EveryPresetIsReadBack) {
  for (const std::string& name : preset_names()) {
    expect_read_back({"--preset", name});
  }
  expect_read_back({});
  expect_read_back({"--weights", "oriented"});
}

// Read in another folder they make the same run.
TEST_F(CliConfigTest, FilesArePrintedWithTheirAbsolutePaths) {
  const std::string text = printed({"--weights", "weights.h5", "--init", "content.png",
                                    "--content-layers", "relu2_1", "--style-layers", "relu1_1"});
  EXPECT_NE(text.find("weights = \"" + path("weights.h5") + "\""), std::string::npos) << text;
  EXPECT_NE(text.find("init = \"" + path("content.png") + "\""), std::string::npos) << text;
  EXPECT_NE(printed({"--weights", "oriented:3"}).find("weights = \"oriented:3\""),
            std::string::npos);
}

TEST_F(CliConfigTest, OverridesAreReadBack) {
  expect_read_back({"--preset",
                    "neural-style",
                    "--optimizer",
                    "adam",
                    "--adam-beta1",
                    "0.123456789",
                    "--learning-rate",
                    "1e-5",
                    "--init",
                    "noise",
                    "--seed",
                    "18446744073709551615",
                    "--style-layers",
                    "relu1_1=0.5,relu2_1=3/N^2",
                    "--content-layers",
                    "none",
                    "--clamp",
                    "--style-size",
                    "0",
                    "--upscale",
                    "--device",
                    "cuda:3",
                    "--precision",
                    "bf16",
                    "--save-every",
                    "7"});
  expect_read_back({"--preset", "torchvision-notebook", "--no-stretch", "--size", "0", "--balance",
                    "0.1", "--pooling", "average", "--padding", "replicate"});
  expect_read_back({"--scales", "16,32,64", "--scale-iterations", "1,2,3", "--threads", "2"});
  expect_read_back({"--scales", "16,32,64", "--iterations", "30"});
}

TEST_F(CliConfigTest, PresetsScalesChangedOnTheCommandLineAreReadBack) {
  expect_read_back({"--preset", "oriented", "--size", "256"});
  expect_read_back({"--preset", "oriented", "--size", "0"});
  expect_read_back({"--preset", "oriented", "--iterations", "30"});
  expect_read_back({"--preset", "oriented", "--size", "96", "--iterations", "30"});
  expect_read_back({"--preset", "oriented", "--scales", "100,200", "--scale-iterations", "1,2"});
}

TEST_F(CliConfigTest, AwkwardTextsAreReadBack) {
  for (const std::string init : {"my \"best\" start.png", "back\\slash.png", "tab\there.png",
                                 "line\nbreak.png", "gem\u00e4lde.png", "#no comment.png"}) {
    expect_read_back({"--init", init, "--weights", "dir/" + init});
  }
}

TEST_F(CliConfigTest, PathsThatAreNotUtf8AreReadBack) {
  expect_read_back({"--init", "bad\xff 100%.png", "--weights", "bad\xc3/weights.h5"});
  std::filesystem::rename(path("content.png"), path("start\xff.png"));
  keep("run.toml", printed({"--init", "start\xff.png", "--iterations", "1"}));
  save_image(path("content.png"), gradient_picture(40, 30));
  done(usual_transfer({"--config", "run.toml"}));
}

TEST_F(CliConfigTest, PresetsScalesThatASmallSizeMakesEqualBecomeOne) {
  const std::string config = printed({"--preset", "oriented", "--size", "2", "--iterations", "30"});
  EXPECT_NE(config.find("scales = \"1,2\"\nscale-iterations"), std::string::npos) << config;
  expect_read_back({"--preset", "oriented", "--size", "2", "--iterations", "30"});
  refused({"transfer", "content.png", "style.png", "-o", "one.png", "--weights", "oriented",
           "--size", "1", "--progress", "none"},
          3, "1 x 1 pixels");
}

TEST_F(CliConfigTest, RunFromAPrintedConfigGivesTheSamePicture) {
  const Words overrides{"--init",      "noise",  "--seed",         "5",  "--noise-std", "10",
                        "--tv-weight", "0.5",    "--style-weight", "30", "--scales",    "16,32",
                        "--padding",   "reflect"};
  const ProgramResult first = done(usual_transfer(overrides));
  const std::string picture = bytes_of(path("out.png"));
  Words print = usual_transfer(overrides);
  print.push_back("--print-config");
  keep("run.toml", done(print).out);
  done({"transfer", "content.png", "style.png", "-o", "again.png", "--config", "run.toml"});
  EXPECT_TRUE(bytes_of(path("again.png")) == picture);
}

TEST_F(CliConfigTest, PrintConfigWritesNothingElse) {
  const auto before = contents_of(path(""));
  Words words = usual_transfer({"--trace", "trace.csv"});
  words.push_back("--print-config");
  EXPECT_NE(done(words).out.find("optimizer = \"adam\""), std::string::npos);
  EXPECT_TRUE(contents_of(path("")) == before);
}

TEST_F(CliConfigTest, CommandLineBeatsTheConfig) {
  keep("run.toml", "preset = \"neural-style\"\ntv-weight = 5\nsize = 16\nclamp = true\n");
  const std::string text = printed({"--config", "run.toml", "--tv-weight", "7", "--no-clamp"});
  EXPECT_NE(text.find("preset = \"neural-style\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("tv-weight = 7\n"), std::string::npos) << text;
  EXPECT_NE(text.find("size = 16\n"), std::string::npos) << text;
  EXPECT_NE(text.find("clamp = false\n"), std::string::npos) << text;
  const std::string other = printed({"--config", "run.toml", "--preset", "gatys"});
  EXPECT_NE(other.find("preset = \"gatys\"\n"), std::string::npos) << other;
  EXPECT_NE(other.find("tv-weight = 5\n"), std::string::npos) << other;
}

TEST_F(CliConfigTest, SizeInTheConfigMovesThePresetsScalesAsOnTheCommandLine) {
  keep("run.toml", "preset = \"oriented\"\nsize = 64\niterations = 11\n");
  std::string text = printed({"--config", "run.toml"});
  EXPECT_EQ(text, printed({"--preset", "oriented", "--size", "64", "--iterations", "11"}));
  EXPECT_NE(text.find("scales = \"24,40,64\"\n"), std::string::npos) << text;
}

TEST_F(CliConfigTest, ListsMayBeTomlArrays) {
  keep("run.toml", "scales = [16, 32]\nscale-iterations = [2, 3]\nstyle-layers = [\"relu1_1\"]\n");
  const std::string text = printed({"--config", "run.toml"});
  EXPECT_NE(text.find("scales = \"16,32\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("style-layers = \"relu1_1\"\n"), std::string::npos) << text;
}

TEST_F(CliConfigTest, OrientedWeightsChooseTheirPresetUnlessOneIsNamed) {
  EXPECT_EQ(printed({"--weights", "oriented"}).find("preset = \"oriented\"\n"), 0U);
  EXPECT_EQ(printed({"--weights", "oriented:4"}).find("preset = \"oriented\"\n"), 0U);
  EXPECT_EQ(printed({"--weights", "random"}).find("preset = \"gatys\"\n"), 0U);
  EXPECT_EQ(printed({"--weights", "oriented", "--preset", "gatys"}).find("preset = \"gatys\"\n"),
            0U);
  keep("run.toml", "weights = \"oriented:9\"\n");
  EXPECT_EQ(printed({"--config", "run.toml"}).find("preset = \"oriented\"\n"), 0U);
}

}  // namespace
}  // namespace impasto
