// Transfers as a user runs them: sizes, formats, several styles, snapshots.
#include "cli/cli_fixture.hpp"

namespace impasto {
namespace {

class CliTransferTest : public CliTest {
 protected:
  /// Runs with these options and checks the size of out.png.
  void expect_size(const Words& options, std::int64_t width, std::int64_t height) const {
    SCOPED_TRACE(::testing::PrintToString(options));
    done(usual_transfer(options));
    const Image out = load_image(path("out.png"));
    EXPECT_EQ(out.width, width);
    EXPECT_EQ(out.height, height);
  }
  [[nodiscard]] std::string bytes_after(const Words& options) const {
    done(usual_transfer(options));
    return bytes_of(path("out.png"));
  }
};

TEST_F(CliTransferTest, SizeIsTheLongSideAndKeepsTheAspect) {
  expect_size({"--size", "32"}, 32, 24);
  Words upright = transfer_words({"--size", "24"});
  upright.insert(upright.begin() + 1, {"style.png", "content.png"});
  done(upright);
  const Image out = load_image(path("out.png"));
  EXPECT_EQ(out.width, 18);
  EXPECT_EQ(out.height, 24);
}

TEST_F(CliTransferTest, WithoutANetworkNoLayerIsToBeHad) {
  for (const Words& layers :
       {Words{}, {"--content-layers", "relu1_1", "--style-layers", "pixels"}}) {
    Words words = usual_transfer(layers);
    *(std::find(words.begin(), words.end(), "--weights") + 1) = "none";
    refused(words, 3, "there is no network for");
    *(std::find(words.begin(), words.end(), "--weights") + 1) = "none:3";
    refused(words, 3, "did you mean none?");
  }
  const ProgramResult bench = run({"bench", "--weights", "none", "--device", "cpu"});
  EXPECT_EQ(bench.exit_code, 3);
  EXPECT_NE(bench.err.find("no network to benchmark"), std::string::npos) << bench.err;
}

// Nothing but pixels: the photograph's shapes in the painting's colours, whatever the network.
TEST_F(CliTransferTest, ThePictureItselfCanBeComparedAndThenTheNetworkDoesNotMatter) {
  const Words pixels{"--content-layers", "pixels",     "--style-layers", "pixels",
                     "--style-loss",     "w2",         "--balance",      "5",
                     "--deterministic",  "--overwrite"};
  done(usual_transfer(pixels));
  const std::string picture = bytes_of(path("out.png"));
  write_weights_file(path("weights.h5"), caffe_network({{5, 3}, {4, 4}}));
  done(usual_transfer(pixels));
  EXPECT_EQ(bytes_of(path("out.png")), picture);
  done(usual_transfer(
      {"--content-layers", "pixels,relu1_1", "--style-layers", "pixels=2,relu2_1", "--overwrite"}));
}

TEST_F(CliTransferTest, SmallPicturesAreOnlyEnlargedWhenAsked) {
  expect_size({}, 40, 30);
  expect_size({"--size", "64"}, 40, 30);
  expect_size({"--size", "64", "--no-upscale"}, 40, 30);
  expect_size({"--size", "64", "--upscale"}, 64, 48);
}

TEST_F(CliTransferTest, SizeZeroKeepsTheContentsOwnSize) {
  expect_size({"--size", "0"}, 40, 30);
}

TEST_F(CliTransferTest, StretchIgnoresTheAspect) {
  expect_size({"--size", "28", "--stretch"}, 28, 28);
  expect_size({"--size", "0", "--stretch"}, 40, 30);
}

TEST_F(CliTransferTest, StyleSizesChangeThePictureButNotItsSize) {
  const std::string usual = bytes_after({});
  for (const Words& options :
       {Words{"--style-scale", "0.5"}, Words{"--style-size", "20"}, Words{"--style-size", "0"}}) {
    expect_size(options, 40, 30);
    EXPECT_NE(bytes_of(path("out.png")), usual) << options.front();
  }
}

TEST_F(CliTransferTest, PngKeepsTheContentsTransparency) {
  Image content = gradient_picture(40, 30);
  content.alpha.assign(1200, 1.0F);
  std::fill(content.alpha.begin(), content.alpha.begin() + 600, 0.25F);
  save_image(path("content.png"), content);
  done(usual_transfer());
  const Image out = load_image(path("out.png"));
  ASSERT_EQ(out.alpha.size(), 1200U);
  EXPECT_NEAR(out.alpha[40 * 5 + 20], 0.25F, 0.01F);
  EXPECT_NEAR(out.alpha[40 * 25 + 20], 1.0F, 0.01F);
}

TEST_F(CliTransferTest, JpegIsWrittenByItsExtension) {
  for (const std::string name : {"out.jpg", "out.JPEG"}) {
    done(usual_transfer({"-o", name}));
    EXPECT_EQ(bytes_of(path(name)).substr(0, 2), "\xFF\xD8");
    EXPECT_EQ(load_image(path(name)).width, 40);
  }
}

TEST_F(CliTransferTest, JpegPicturesAreRead) {
  keep("content.jpg", jpeg_file(gradient_picture(40, 30)));
  Words words = transfer_words();
  words.insert(words.begin() + 1, {"content.jpg", "content.jpg"});
  done(words);
}

TEST_F(CliTransferTest, OutputIsAnotherPictureThanTheContent) {
  done(usual_transfer({"--iterations", "20", "--style-weight", "1000"}));
  const Image content = load_image(path("content.png"));
  const Image out = load_image(path("out.png"));
  double difference = 0;
  for (std::size_t index = 0; index < content.rgb.size(); ++index) {
    difference += std::abs(static_cast<double>(content.rgb[index]) - out.rgb[index]);
  }
  EXPECT_GT(difference / static_cast<double>(content.rgb.size()), 0.005);
}

TEST_F(CliTransferTest, SameSeedGivesTheSameBytesAndAnotherSeedOthers) {
  const Words noise{"--init", "noise", "--noise-std", "20", "--seed"};
  const auto seeded = [&](const std::string& seed) {
    Words options = noise;
    options.push_back(seed);
    return bytes_after(options);
  };
  const std::string first = seeded("1");
  EXPECT_EQ(seeded("1"), first);
  EXPECT_NE(seeded("2"), first);
  EXPECT_NE(seeded("18446744073709551615"), first);
}

TEST_F(CliTransferTest, EveryInitialImageWorks) {
  save_image(path("start.png"), striped_picture(40, 30));
  std::vector<std::string> seen;
  for (const std::string init : {"content", "noise", "gray", "style", "start.png"}) {
    const std::string bytes = bytes_after({"--init", init});
    EXPECT_EQ(std::count(seen.begin(), seen.end(), bytes), 0) << init;
    seen.push_back(bytes);
  }
}

TEST_F(CliTransferTest, SnapshotsStandBesideTheOutput) {
  done(usual_transfer({"--iterations", "5", "--save-every", "2"}));
  EXPECT_TRUE(exists("out_0002.png"));
  EXPECT_TRUE(exists("out_0004.png"));
  EXPECT_FALSE(exists("out_0005.png"));
  EXPECT_EQ(load_image(path("out_0002.png")).width, 40);
  EXPECT_NE(bytes_of(path("out_0002.png")), bytes_of(path("out_0004.png")));
  EXPECT_EQ(contents_of(path("")).size(), 6U) << "only inputs, output and two snapshots";
}

TEST_F(CliTransferTest, SecondStyleChangesThePictureByItsWeight) {
  save_image(path("other.png"), gradient_picture(44, 44));
  const std::string one = bytes_after({});
  const std::string both = bytes_after({"other.png"});
  const std::string even = bytes_after({"other.png", "--style-weights", "2,2"});
  const std::string tilted = bytes_after({"other.png", "--style-weights", "0.9,0.1"});
  const std::string first = bytes_after({"other.png", "--style-weights", "1,0"});
  EXPECT_NE(both, one);
  EXPECT_EQ(even, both) << "weights are shares";
  EXPECT_NE(tilted, both);
  EXPECT_EQ(first, one) << "a style of weight 0 does not count";
}

TEST_F(CliTransferTest, EverythingThatShapesThePictureChangesIt) {
  const std::string usual = bytes_after({});
  for (const Words& options :
       {Words{"--tv-weight", "100"}, Words{"--pooling", "average"}, Words{"--padding", "reflect"},
        Words{"--padding", "replicate"}, Words{"--style-loss", "gatys"},
        Words{"--layer-reduction", "mean", "--content-weight", "50"},
        Words{"--style-layers", "relu1_1=3,relu2_1"}, Words{"--optimizer", "lbfgs"},
        Words{"--output-range", "rescale"}, Words{"--iterations", "4"},
        Words{"--learning-rate", "2"}, Words{"--adam-beta1", "0.5"}}) {
    EXPECT_NE(bytes_after(options), usual) << ::testing::PrintToString(options);
  }
}

TEST_F(CliTransferTest, DryRunTellsTheMemoryAndWritesNothing) {
  const ProgramResult result = done(usual_transfer({"--dry-run"}));
  for (const char* part : {"device: ", "feature maps and gradients: ", "in all",
                           "available: ", "largest --size that fits: "}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " in\n" << result.out;
  }
  EXPECT_FALSE(std::filesystem::exists(path("out.png")));
}

TEST_F(CliTransferTest, UntrainedNetworkNeedsNoDownload) {
  done({"transfer", "content.png", "style.png", "-o", "out.png", "--weights", "oriented:3",
        "--size", "40", "--iterations", "3", "--progress", "none"});
  EXPECT_EQ(load_image(path("out.png")).width, 40);
}

}  // namespace
}  // namespace impasto
