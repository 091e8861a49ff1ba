// impasto sweep, reconstruct and plot as a user runs them.
#include <gmock/gmock.h>

#include "cli/cli_fixture.hpp"
#include "report/svg_reader.hpp"

namespace impasto {
namespace {

using testing::HasSubstr;

class CliFigureTest : public CliTest {
 protected:
  /// A quick sweep to out.png of these --vary.
  static Words sweep(const Words& varied, const Words& extra = {}) {
    Words words = transfer_words(extra);
    words[0] = "sweep";
    words.insert(words.begin() + 1, {"content.png", "style.png"});
    for (const std::string& vary : varied) {
      words.insert(words.end(), {"--vary", vary});
    }
    return words;
  }
  /// Takes an option of transfer_words with its value out.
  static Words without(Words words, const std::string& option) {
    const auto found = std::find(words.begin(), words.end(), option);
    if (found != words.end()) {
      words.erase(found, found + 2);
    }
    return words;
  }
  static Words reconstruct(const Words& extra) {
    Words words = without(without(transfer_words(), "--content-layers"), "--style-layers");
    for (const std::string& word : extra) {
      words = word.starts_with("--") ? without(words, word) : words;
    }
    words[0] = "reconstruct";
    words.insert(words.end(), extra.begin(), extra.end());
    words.insert(words.begin() + 1, "content.png");
    return words;
  }
  [[nodiscard]] std::string table() const { return bytes_of(path("out.csv")); }
  /// The part of a table's line `n` before the losses.
  [[nodiscard]] std::string line(std::size_t n) const {
    std::istringstream lines(table());
    std::string text;
    for (std::size_t i = 0; i <= n; ++i) {
      std::getline(lines, text);
    }
    return text;
  }
};

TEST_F(CliFigureTest, SweepMakesSheetTableAndThePanelsThatTransferMakes) {
  const Words words = without(
      without(sweep({"learning-rate=1,0.5", "iterations=2,4"}), "--learning-rate"), "--iterations");
  done(words);
  EXPECT_THAT(line(0), HasSubstr("panel,learning-rate,iterations,status,evaluations,final_total"));
  EXPECT_THAT(line(1), testing::StartsWith("1,1,2,done,2,"));
  EXPECT_THAT(line(4), testing::StartsWith("4,0.5,4,done,4,"));
  const Image sheet = load_image(path("out.png"));
  EXPECT_GT(sheet.width, 2 * 40);
  EXPECT_GT(sheet.height, 2 * 30);
  done(usual_transfer({"--learning-rate", "0.5", "--iterations", "4", "-o", "alone.png"}));
  EXPECT_TRUE(bytes_of(path("out_panels/learning-rate_0.5_iterations_4.png")) ==
              bytes_of(path("alone.png")));
}

TEST_F(CliFigureTest, TheSecondCallFindsThePanels) {
  const Words words =
      without(sweep({"learning-rate=1,0.5"}, {"--progress", "plain"}), "--learning-rate");
  done(words);
  const std::string sheet = bytes_of(path("out.png"));
  const ProgramResult again = done(words);
  EXPECT_THAT(again.err, HasSubstr("2 of 2 panels are there already"));
  EXPECT_THAT(again.err, HasSubstr("0 runs"));
  EXPECT_TRUE(bytes_of(path("out.png")) == sheet);
}

TEST_F(CliFigureTest, SaysWhichWeightsItUsesAndWhereALossIsThatOfAnotherScale) {
  const ProgramResult result =
      done(without(sweep({"learning-rate=0.5,0.25"}, {"--scales", "20,40", "--progress", "plain"}),
                   "--learning-rate"));
  EXPECT_EQ(count_of(result.err, "weights: weights.h5"), 1U) << result.err;
  EXPECT_EQ(count_of(result.err, "scale 2: 40 x 30 pixels"), 2U) << result.err;
  EXPECT_EQ(count_of(result.err, "scale 1"), 0U) << result.err;
}

TEST_F(CliFigureTest, OneScaleByItsNameIsOneRunForAllLengths) {
  const ProgramResult result = done(without(
      sweep({"iterations=1,3"}, {"--scales", "40", "--progress", "plain"}), "--iterations"));
  EXPECT_THAT(result.err, HasSubstr("2 panels, 1 run"));
}

TEST_F(CliFigureTest, GoesOnWhereItWasInterrupted) {
  const Words words =
      without(sweep({"learning-rate=1,0.5,0.25"}, {"--progress", "plain", "--iterations", "300"}),
              "--learning-rate");
  const ProgramResult stopped =
      run_program({.arguments = words, .folder = path(""), .interrupt_after = "panel 2 of 3"});
  ASSERT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("the same command goes on from there"));
  EXPECT_FALSE(exists("out.png"));
  EXPECT_FALSE(exists("out.csv"));
  const std::string first = bytes_of(path("out_panels/learning-rate_1.png"));
  const ProgramResult whole = done(words);
  EXPECT_THAT(whole.err, testing::ContainsRegex("[12] of 3 panels are there already"));
  EXPECT_THAT(whole.err, testing::Not(HasSubstr("panel 1 of 3")));
  EXPECT_TRUE(bytes_of(path("out_panels/learning-rate_1.png")) == first);
  EXPECT_TRUE(exists("out.png"));
}

TEST_F(CliFigureTest, AFailedPanelIsMarkedAndTheOthersAreMade) {
  const ProgramResult result =
      run(without(sweep({"content-layers=relu1_1;relu5_1;relu2_1"}), "--content-layers"));
  EXPECT_EQ(result.exit_code, 3) << result.err;  // what the same transfer ends with
  EXPECT_THAT(result.err, HasSubstr("1 of 3 panels failed"));
  EXPECT_THAT(line(1), HasSubstr(",done,"));
  EXPECT_THAT(line(2), HasSubstr("relu5_1,failed,,,"));
  EXPECT_THAT(line(3), HasSubstr(",done,"));
  EXPECT_TRUE(exists("out.png"));
}

TEST_F(CliFigureTest, ALayerThatNoNetworkHasIsRefusedBeforeAnyPanelIsMade) {
  const auto before = contents_of(path(""));
  refused(reconstruct({"--content-layers", "relu1_1,relu9_9"}), 2, "unknown tap 'relu9_9'");
  refused(without(sweep({"content-layers=relu1_1;relu9_9"}), "--content-layers"), 2,
          "unknown tap 'relu9_9'");
  EXPECT_TRUE(contents_of(path("")) == before);
}

TEST_F(CliFigureTest, NothingIsWrittenWhereEveryPanelFails) {
  const auto before = contents_of(path(""));
  const ProgramResult result =
      run(without(sweep({"content-layers=relu5_1;relu4_1"}), "--content-layers"));
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_THAT(result.err,
              HasSubstr("every panel failed, the first with: the weights do not reach"));
  EXPECT_TRUE(contents_of(path("")) == before);
}

TEST_F(CliFigureTest, RatioKeepsTheContentWeight) {
  done(sweep({"ratio=1/10,4"}, {"--content-weight", "2"}));
  done(usual_transfer({"--content-weight", "2", "--style-weight", "20", "-o", "alone.png"}));
  EXPECT_TRUE(bytes_of(path("out_panels/ratio_1-10.png")) == bytes_of(path("alone.png")));
  done(usual_transfer({"--content-weight", "2", "--style-weight", "0.5", "-o", "alone.png"}));
  EXPECT_TRUE(bytes_of(path("out_panels/ratio_4.png")) == bytes_of(path("alone.png")));
}

TEST_F(CliFigureTest, OptionsGoHandInHand) {
  done(without(without(sweep({"optimizer=adam,lbfgs learning-rate=0.5,1"}), "--optimizer"),
               "--learning-rate"));
  EXPECT_THAT(line(1), HasSubstr("1,adam,0.5,done"));
  EXPECT_THAT(line(2), HasSubstr("2,lbfgs,1,done"));
  EXPECT_EQ(line(3), "");
}

TEST_F(CliFigureTest, PresetsPicturesAndWeightsCanBeVaried) {
  Words words = sweep({"style=style.png,content.png", "weights=weights.h5,oriented"});
  words = without(words, "--weights");
  words.erase(std::find(words.begin(), words.end(), "style.png"));
  done(words);
  EXPECT_THAT(line(4), HasSubstr("4,content.png,oriented,done"));
  done(sweep({"preset=torchvision-notebook,neural-style"}, {"--size", "24", "-o", "p.png"}));
}

TEST_F(CliFigureTest, LayerListsAreSeparatedBySemicolons) {
  done(without(sweep({"style-layers=relu1_1;relu1_1,relu2_1=0.5"}), "--style-layers"));
  EXPECT_THAT(line(2), HasSubstr("2,\"relu1_1,relu2_1=0.5\",done"));
}

TEST_F(CliFigureTest, BadVaryIsRefused) {
  for (const auto& [vary, part] : std::vector<std::pair<std::string, std::string>>{
           {"lr=0.1,1", "learning-rate"},
           {"learning-rate", "OPTION=v1,v2"},
           {"=1", "OPTION=v1,v2"},
           {"", "OPTION=v1,v2"},
           {"seed=-1,2", "'-1'"},
           {"iterations=10,ten", "'ten'"},
           {"tv-weight=0.1,,1", "empty"},
           {"tv-weight=", "empty"},
           {"pooling=max,mean", "'mean'"},
           {"preset=gatys,none", "'none'"},
           {"ratio=1/0,1", "'0'"},
           {"save-every=1,2", "save-every"},
           {"optimizer=adam,lbfgs tv-weight=1", "hand in hand"},
           {"adam-epsilon=1,2 adam-epsilon=1,2", "twice"},
           {"threads=1,2", "varied as well"},
           {"seed=1,2", "no effect"},
           {"style=style.png,content.png", "varied as well"},
           {"ratio=1,2 style-weight=1,2", "ratio"}}) {
    refused(sweep({vary}), 2, part);
  }
}

TEST_F(CliFigureTest, APictureThatIsThereButCannotBeReachedIsNotCalledMissing) {
  std::filesystem::create_symlink("loop.png", path("loop.png"));
  Words words = sweep({"style=style.png,loop.png"});
  words.erase(std::find(words.begin(), words.end(), "style.png"));
  refused(words, 3, "Too many levels of symbolic links");
}

TEST_F(CliFigureTest, AMissingVariedPictureIsToldWhatMayHaveBeenMeant) {
  Words words = sweep({"style=https://example.org/a.jpg,style.png"});
  words.erase(std::find(words.begin(), words.end(), "style.png"));
  refused(words, 3, "this is a web address: download it first");
  words = sweep({"style=styl.png,style.png"});
  words.erase(std::find(words.begin(), words.end(), "style.png"));
  refused(words, 3, "did you mean style.png?");
}

TEST_F(CliFigureTest, AMissingPictureIsToldBeforeMissingWeights) {
  Words words = sweep({"tv-weight=0,1"});
  std::replace(words.begin(), words.end(), std::string("style.png"), std::string("none.png"));
  std::replace(words.begin(), words.end(), std::string("weights.h5"), std::string("none.h5"));
  refused(words, 3, "none.png");
}

TEST_F(CliFigureTest, MoreThanTwoVaryOrNoneIsRefused) {
  refused(sweep({}), 2, "nothing is varied");
  refused(sweep({"tv-weight=0,1", "pooling=max,average", "padding=zero,reflect"}), 2, "two");
  refused(sweep({"tv-weight=0,1", "tv-weight=0,1"}), 2, "twice");
  refused(sweep({"tv-weight=0,1", "pooling=max,average"}, {"--columns", "2"}), 2, "--columns");
}

TEST_F(CliFigureTest, AnOptionThatMattersInOnePanelIsEnough) {
  done(sweep({"init=content,noise"}, {"--seed", "5"}));
  refused(sweep({"init=content,gray"}, {"--seed", "5"}), 2, "--seed");
}

TEST_F(CliFigureTest, InputsAreNotReplacedAndMustBeThere) {
  refused(sweep({"tv-weight=0,1"}, {"-o", "content.png"}), 2, "replace the input");
  Words words = sweep({"tv-weight=0,1"});
  std::replace(words.begin(), words.end(), std::string("style.png"), std::string("none.png"));
  refused(words, 3, "none.png");
  refused(sweep({"init=none.png,content"}), 3, "none.png");
  refused(sweep({"weights=weights.h5,none.h5"}, {}), 2, "varied as well");
}

TEST_F(CliFigureTest, AFigureNeedsItsPanelsFolder) {
  keep("out_panels", "a file");
  refused(sweep({"tv-weight=0,1"}), 3, "out_panels");
  refused(sweep({"tv-weight=0,1"}, {"-o", "out.txt"}), 2);
  refused(sweep({"tv-weight=0,1"}, {"-o", "nowhere/out.png"}), 3);
}

TEST_F(CliFigureTest, ReconstructsEachLayerAlone) {
  done(reconstruct({"--content-layers", "relu1_1,relu2_1"}));
  EXPECT_THAT(line(1), HasSubstr("1,relu1_1,done,3"));
  EXPECT_THAT(line(2), HasSubstr("2,relu2_1,done,3"));
  EXPECT_TRUE(exists("out_panels/content-layers_relu2_1.png"));
  // It is a transfer from noise without a style.
  done(usual_transfer({"--init", "noise", "--content-layers", "relu2_1", "--style-layers", "none",
                       "-o", "alone.png"}));
  EXPECT_TRUE(bytes_of(path("out_panels/content-layers_relu2_1.png")) ==
              bytes_of(path("alone.png")));
}

TEST_F(CliFigureTest, ReconstructsGrowingSetsOfStyleLayers) {
  done(reconstruct({"--style-layers", "relu1_1,relu2_1=0.5", "--cumulative", "--inputs",
                    "--style-scale", "0.5"}));
  EXPECT_THAT(line(1), HasSubstr("1,relu1_1,done"));
  EXPECT_THAT(line(2), HasSubstr("2,\"relu1_1,relu2_1=0.5\",done"));
  EXPECT_TRUE(exists("out_panels/style-layers_relu1_1+relu2_1-0.5.png"));
}

TEST_F(CliFigureTest, BadReconstructionsAreRefused) {
  refused(reconstruct({}), 2, "--content-layers");
  refused(reconstruct({"--content-layers", "relu1_1", "--style-layers", "relu1_1"}), 2);
  refused(reconstruct({"--content-layers", "relu1_1", "--style-scale", "2"}), 2, "--style-scale");
  refused(reconstruct({"--content-layers", "relu1_1", "--style-weight", "2"}), 2, "--style-weight");
  refused(reconstruct({"--content-layers", "none"}), 2, "--content-layers");
  refused(reconstruct({"--content-layers", "relu1_1", "--balance", "2"}), 2, "--balance");
}

TEST_F(CliFigureTest, PlotsTraces) {
  done(usual_transfer({"--trace", "one.csv", "-o", "t.png"}));
  done(usual_transfer({"--trace", "two.csv", "-o", "t.png", "--learning-rate", "0.1"}));
  done({"plot", "one.csv", "two.csv", "-o", "plot.svg"});
  EXPECT_GT(xml_elements(bytes_of(path("plot.svg"))).size(), 10U);
  done({"plot", "one.csv", "-o", "plot.png", "--width", "500", "--against", "seconds"});
  EXPECT_EQ(load_image(path("plot.png")).width, 500);
}

TEST_F(CliFigureTest, BadPlotsAreRefused) {
  keep("bad.csv", "iteration,total,content,style\n1,2,3,x\n");
  refused({"plot", "bad.csv", "-o", "out.svg"}, 3, "bad.csv:2");
  refused({"plot", "none.csv", "-o", "out.svg"}, 3, "none.csv");
  refused({"plot", "bad.csv", "-o", "out.pdf"}, 2, ".svg");
  refused({"plot", "bad.csv", "-o", "bad.csv"}, 2);
  refused({"plot", "-o", "out.svg"}, 2);
  keep("t.svg", "iteration,total,content,style\n1,2,1,1\n");
  refused({"plot", "t.svg", "-o", "t.svg"}, 2, "replace the input");
}

}  // namespace
}  // namespace impasto
