// What a file says of itself reaches a terminal as text, never as commands to the terminal.
#include "cli/cli_fixture.hpp"
#include "support/paths.hpp"

namespace impasto {
namespace {

class CliTerminalTextTest : public CliTest {
 protected:
  static void expect_text(const std::string& text) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_NE(text.find("\\x1B"), std::string::npos) << text;
  }
};

const std::string kCommand = "\x1b]0;title\x07";

TEST_F(CliTerminalTextTest, InspectShowsNamesOfAnyBytes) {
  NetworkWeights network = caffe_network({{4, 4}, {6, 6}});
  network.source = "test" + kCommand + ".pth";
  write_weights_file(path("weights.h5"), network);
  expect_text(done({"inspect", "weights.h5"}).out);
  std::filesystem::rename(path("weights.h5"), path("w" + kCommand + ".h5"));
  expect_text(done({"inspect", "w" + kCommand + ".h5"}).out);
}

TEST_F(CliTerminalTextTest, AConversionShowsNamesOfAnyBytes) {
  const std::string output = "w" + kCommand + ".h5";
  expect_text(done({"convert", test_data() + "/checkpoints/zip.pth", "-o", output}).out);
}

TEST_F(CliTerminalTextTest, ARunShowsNamesOfAnyBytes) {
  const std::string weights = "w" + kCommand + ".h5";
  std::filesystem::rename(path("weights.h5"), path(weights));
  expect_text(done(usual_transfer({"--weights", weights, "--progress", "plain"})).err);
}

TEST_F(CliTerminalTextTest, AWarningShowsNamesOfAnyBytes) {
  Image clear = gradient_picture(40, 30);
  clear.alpha.assign(1200, 0.0F);
  const std::string content = "c" + kCommand + ".png";
  save_image(path(content), clear);
  Words words = transfer_words();
  words.insert(words.begin() + 1, {content, "style.png"});
  expect_text(done(words).err);
}

TEST_F(CliTerminalTextTest, AnErrorShowsNamesOfAnyBytes) {
  expect_text(run({"inspect", "none" + kCommand}).err);
}

}  // namespace
}  // namespace impasto
