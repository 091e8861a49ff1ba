// Notes inside pictures: read back, and taken out again, without any change of the picture.
#include "image/note.hpp"

#include <gtest/gtest.h>

#include "image/encode.hpp"
#include "image/picture_files.hpp"

namespace impasto {

// For GoogleTest's messages.
void PrintTo(PictureFormat format,
             std::ostream* stream) {  // NOLINT(readability-identifier-naming)
  *stream << (format == PictureFormat::kPng ? "Png" : "Jpeg");
}

namespace {

class Note : public testing::TestWithParam<PictureFormat> {
 protected:
  [[nodiscard]] static std::string picture() {
    return encode_picture(gradient_picture(16, 9), GetParam());
  }
};

TEST_P(Note, IsReadBackAndTakenOut) {
  const auto noted = take_note(with_note(picture(), "a note"));
  ASSERT_TRUE(noted);
  EXPECT_EQ(noted->note, "a note");
  EXPECT_TRUE(noted->picture == picture());
}

TEST_P(Note, ChangesNoPixel) {
  const TempFolder folder;
  const Image with = load_image(folder.keep("with", with_note(picture(), std::string(1000, 'n'))));
  const Image without = load_image(folder.keep("without", picture()));
  EXPECT_TRUE(with.rgb == without.rgb);
}

TEST_P(Note, IsNotFoundWhereThereIsNone) {
  EXPECT_FALSE(take_note(picture()));
  EXPECT_FALSE(take_note(""));
  EXPECT_FALSE(take_note("words"));
}

TEST_P(Note, IsNotFoundInADamagedFile) {
  const std::string file = with_note(picture(), "a note");
  for (std::size_t length = 0; length < 70; ++length) {
    (void)take_note(file.substr(0, length));  // under the sanitizer: reads nothing beyond the end
  }
  std::string changed = file;
  const std::size_t at = changed.find("a note");
  changed[at - 4] = '\x7F';  // in the PNG's keyword, the JPEG's marker
  EXPECT_FALSE(take_note(changed));
}

INSTANTIATE_TEST_SUITE_P(Formats, Note, testing::Values(PictureFormat::kPng, PictureFormat::kJpeg),
                         [](const auto& format) {
                           return format.param == PictureFormat::kPng ? "Png" : "Jpeg";
                         });

}  // namespace
}  // namespace impasto
