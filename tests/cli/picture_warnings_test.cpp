// What a picture maker should know about the pictures given, before hours of work.
#include <gmock/gmock.h>

#include "cli_fixture.hpp"

namespace impasto {

namespace {

using testing::HasSubstr;
using testing::Not;

class PictureWarnings : public CliTest {
 protected:
  void save_transparent(const std::string& name, float opacity) const {
    Image image = striped_picture(40, 32);
    image.alpha.assign(static_cast<std::size_t>(image.pixels()), opacity);
    save_image(path(name), image);
  }
  /// What a transfer of these pictures says on stderr.
  [[nodiscard]] std::string said(const std::string& content, const std::string& style,
                                 const std::string& output) const {
    return done(transfer_words({content, style, "-o", output})).err;
  }
};

}  // namespace

TEST_F(PictureWarnings, TellOfPicturesThatAreTransparentEverywhere) {
  save_transparent("clear.png", 0.0F);
  save_transparent("half.png", 0.5F);
  const auto warning = [](const std::string& role) {
    return HasSubstr("warning: the " + role +
                     " picture is transparent everywhere (clear.png): it counts as plain white");
  };
  EXPECT_THAT(said("clear.png", "style.png", "out.png"), warning("content"));
  EXPECT_THAT(said("content.png", "clear.png", "out.png"), warning("style"));
  EXPECT_THAT(said("half.png", "half.png", "out.png"), Not(HasSubstr("transparent")));
}

TEST_F(PictureWarnings, TellOfPicturesOfOneColour) {
  Image grey(40, 32);
  std::fill(grey.rgb.begin(), grey.rgb.end(), 0.5F);
  save_image(path("grey.png"), grey);
  EXPECT_THAT(said("content.png", "grey.png", "out.png"),
              HasSubstr("the style picture is of one colour everywhere (grey.png)"));
  EXPECT_THAT(said("grey.png", "style.png", "out.png"),
              HasSubstr("the content picture is of one colour everywhere (grey.png)"));
  grey.rgb.back() = 0.6F;
  save_image(path("nearly.png"), grey);
  EXPECT_THAT(said("nearly.png", "style.png", "out.png"), Not(HasSubstr("one colour")));
}

TEST_F(PictureWarnings, AreToldOnceInAFigure) {
  save_transparent("clear.png", 0.0F);
  Words words = transfer_words(
      {"clear.png", "style.png", "--vary", "iterations=1,2", "--vary", "tv-weight=0,1"});
  words.front() = "sweep";
  const auto iterations = std::find(words.begin(), words.end(), "--iterations");
  words.erase(iterations, iterations + 2);
  EXPECT_EQ(count_of(done(words).err, "transparent everywhere (clear.png)"), 1U);
  EXPECT_EQ(count_of(done(words).err, "transparent"), 0U) << "every panel was there";
}

TEST_F(PictureWarnings, TellThatAJpegLosesTransparency) {
  save_transparent("half.png", 0.5F);
  EXPECT_THAT(said("half.png", "style.png", "out.jpg"),
              HasSubstr("warning: a JPEG has no transparency"));
  EXPECT_THAT(said("half.png", "style.png", "out.png"), Not(HasSubstr("transparency")));
  EXPECT_THAT(said("content.png", "style.png", "out.jpg"), Not(HasSubstr("transparency")));
}

TEST_F(PictureWarnings, NameTheStylePictureThatIsTooThin) {
  save_image(path("thin.png"), striped_picture(400, 2));
  refused(transfer_words({"content.png", "thin.png"}), 3, "(thin.png)");
  // The size at which it is too thin, which is not the file's.
  refused(transfer_words({"content.png", "thin.png"}), 3, "scaled to 40 x 1 pixels");
}

}  // namespace impasto
