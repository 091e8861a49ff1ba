// Pictures that cannot be used: one line says so, and nothing on the disk changes.
#include "cli/cli_fixture.hpp"

namespace impasto {
namespace {

class CliBadPictureTest : public CliTest {
 protected:
  /// `name` as the content and then as the style.
  void refused_as_either(const std::string& name, const std::string& part) const {
    Words content = transfer_words();
    content.insert(content.begin() + 1, {name, "style.png"});
    refused(content, 3, part);
    Words style = transfer_words();
    style.insert(style.begin() + 1, {"content.png", name});
    refused(style, 3, part);
  }
};

TEST_F(CliBadPictureTest, MissingPictureIsNamed) {
  refused_as_either("nowhere.png", "nowhere.png");
}

TEST_F(CliBadPictureTest, FolderInPlaceOfAPictureIsNamed) {
  std::filesystem::create_directory(path("folder.png"));
  refused_as_either("folder.png", "folder.png");
}

TEST_F(CliBadPictureTest, EmptyFileIsNoPicture) {
  keep("empty.png", "");
  refused_as_either("empty.png", "empty.png");
}

TEST_F(CliBadPictureTest, TextNamedPngIsNoPicture) {
  keep("notes.png", "these are my notes about painting\n");
  refused_as_either("notes.png", "notes.png");
}

TEST_F(CliBadPictureTest, TruncatedPngIsRefusedRatherThanHalfRead) {
  const std::string whole = bytes_of(path("content.png"));
  keep("half.png", whole.substr(0, whole.size() / 2));
  refused_as_either("half.png", "half.png");
}

TEST_F(CliBadPictureTest, TruncatedJpegIsRefusedRatherThanHalfRead) {
  const std::string whole = jpeg_file(gradient_picture(64, 64));
  keep("half.jpg", whole.substr(0, whole.size() / 2));
  refused_as_either("half.jpg", "half.jpg");
}

TEST_F(CliBadPictureTest, HugeHeaderWithoutDataIsRefusedBeforeItsMemoryIsTaken) {
  keep("huge.png", "\x89PNG\r\n\x1a\n" +
                       png_chunk("IHDR", big(60000, 4) + big(60000, 4) + text({8, kRgb, 0, 0, 0})));
  refused_as_either("huge.png", "huge.png");
}

TEST_F(CliBadPictureTest, PictureNamesWithLineBreaksStillGiveOneLine) {
  refused_as_either("no\nsuch\npicture.png", "picture.png");
}

// Block 1 needs no pooling, so that even a single pixel passes through it.
TEST_F(CliBadPictureTest, SinglePixelAndThinPicturesWorkWithTapsInBlockOne) {
  save_image(path("pixel.png"), gradient_picture(1, 1));
  save_image(path("thin.png"), gradient_picture(1, 5000));
  for (const std::string name : {"pixel.png", "thin.png"}) {
    Words words =
        transfer_words({"--content-layers", "relu1_2", "--style-layers", "relu1_1", "--size", "0"});
    words.insert(words.begin() + 1, {name, name});
    done(words);
    const Image content = load_image(path(name));
    const Image out = load_image(path("out.png"));
    EXPECT_EQ(out.width, content.width);
    EXPECT_EQ(out.height, content.height);
  }
}

TEST_F(CliBadPictureTest, PicturesTooSmallForTheDefaultTapsAreRefused) {
  write_weights_file(path("deep.h5"), caffe_network({{2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}}));
  save_image(path("pixel.png"), gradient_picture(1, 1));
  save_image(path("thin.png"), gradient_picture(1, 5000));
  for (const std::string name : {"pixel.png", "thin.png"}) {
    refused({"transfer", name, "style.png", "-o", "out.png", "--weights", "deep.h5", "--progress",
             "none"},
            3, "too small");
    refused({"transfer", "content.png", name, "-o", "out.png", "--weights", "deep.h5", "--progress",
             "none", "--style-size", "0"},
            3, "too small");
  }
}

TEST_F(CliBadPictureTest, InitialPictureOfAnotherSizeIsRefusedWithBothSizes) {
  const Words words = usual_transfer({"--init", "style.png"});
  refused(words, 3, "36 x 48");
  refused(words, 3, "40 x 30");
}

TEST_F(CliBadPictureTest, MissingInitialPictureIsNamed) {
  refused(usual_transfer({"--init", "nowhere.png"}), 3, "nowhere.png");
}

TEST_F(CliBadPictureTest, DivergenceStillLeavesAPictureAndSaysSo) {
  const ProgramResult result = run(
      usual_transfer({"--learning-rate", "1e30", "--iterations", "50", "--trace", "trace.csv"}));
  EXPECT_EQ(result.exit_code, 5) << result.err;
  const std::string last_line = result.err.substr(result.err.find("impasto: error: "));
  expect_error_line(last_line);
  const Image out = load_image(path("out.png"));
  EXPECT_EQ(out.width, 40);
  EXPECT_EQ(out.height, 30);
  EXPECT_TRUE(exists("trace.csv"));
}

}  // namespace
}  // namespace impasto
