#include <array>
#include <cmath>

#include "picture_files.hpp"

namespace impasto {

namespace {

/// An EXIF block that holds nothing but an orientation, in either byte order.
std::string exif(std::uint32_t orientation, bool big_endian) {
  const auto number = big_endian ? big : little;
  return std::string("Exif\0\0", 6) + (big_endian ? "MM" : "II") + number(42, 2) + number(8, 4) +
         number(1, 2) + number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) +
         number(0, 2) + number(0, 4);
}

// Greys of the quarters: A top left, B top right, C bottom left, D bottom right, as stored.
constexpr std::int64_t kStoredWidth = 32;
constexpr std::int64_t kStoredHeight = 16;

float grey_of(char quarter) {
  return 0.2F + 0.2F * static_cast<float>(quarter - 'A');
}

Image quarters() {
  Image image(kStoredWidth, kStoredHeight);
  for (std::size_t index = 0; index < image.rgb.size(); ++index) {
    const auto place = static_cast<std::int64_t>(index) % image.pixels();
    const bool right = place % kStoredWidth >= kStoredWidth / 2;
    const bool bottom = place / kStoredWidth >= kStoredHeight / 2;
    image.rgb[index] = grey_of(static_cast<char>('A' + (right ? 1 : 0) + (bottom ? 2 : 0)));
  }
  return image;
}

void expect_quarters(const Image& image, const std::string& quarters_in_reading_order) {
  const std::array<float, 4> shown{value_at(image, 0, image.width / 4, image.height / 4),
                                   value_at(image, 1, image.width * 3 / 4, image.height / 4),
                                   value_at(image, 2, image.width / 4, image.height * 3 / 4),
                                   value_at(image, 0, image.width * 3 / 4, image.height * 3 / 4)};
  for (std::size_t index = 0; index < 4; ++index) {
    EXPECT_NEAR(shown[index], grey_of(quarters_in_reading_order[index]), 0.03F) << index;
  }
}

// From the EXIF standard's table of where the 0th row and the 0th column are.
constexpr std::array<const char*, 8> kUprightQuarters{"ABCD", "BADC", "DCBA", "CDAB",
                                                      "ACBD", "CADB", "DBCA", "BDAC"};

class EveryOrientation : public ::testing::TestWithParam<int> {};

}  // namespace

TEST_P(EveryOrientation, OfAJpegIsTurnedUpright) {
  const int orientation = GetParam();
  for (const bool big_endian : {true, false}) {
    const TempFolder folder;
    const auto block = exif(static_cast<std::uint32_t>(orientation), big_endian);
    const Image image =
        load_image(folder.keep("a.jpg", with_segment(jpeg_file(quarters()), 0xE1, block)));
    EXPECT_EQ(image.width, orientation >= 5 ? kStoredHeight : kStoredWidth);
    expect_quarters(image, kUprightQuarters[static_cast<std::size_t>(orientation - 1)]);
  }
}

TEST_P(EveryOrientation, OfAPngIsTurnedUprightTogetherWithItsAlpha) {
  const int orientation = GetParam();
  std::string samples;
  const Image stored = quarters();
  for (std::size_t index = 0; index < static_cast<std::size_t>(stored.pixels()); ++index) {
    const int grey = static_cast<int>(std::lround(stored.rgb[index] * 255.0F));
    samples += text({0, grey});  // black, with the quarter's grey as its opacity
  }
  const auto block = exif(static_cast<std::uint32_t>(orientation), true).substr(6);
  const TempFolder folder;
  Image image = load_image(folder.keep("a.png", png_file(kStoredWidth, kStoredHeight, 8, kGreyAlpha,
                                                         samples, png_chunk("eXIf", block))));
  ASSERT_EQ(static_cast<std::int64_t>(image.alpha.size()), image.pixels());
  for (std::size_t index = 0; index < image.rgb.size(); ++index) {
    const float alpha = image.alpha[index % image.alpha.size()];
    EXPECT_NEAR(image.rgb[index], 1.0F - alpha, 1e-6F);
    image.rgb[index] = alpha;
  }
  expect_quarters(image, kUprightQuarters[static_cast<std::size_t>(orientation - 1)]);
}

INSTANTIATE_TEST_SUITE_P(Exif, EveryOrientation, ::testing::Range(1, 9));

TEST(LoadImage, LeavesAPictureAsItIsWhenItsOrientationMakesNoSense) {
  const std::string jpeg = jpeg_file(quarters());
  const std::string truncated_block = exif(6, true).substr(0, 20);
  const std::string blocks[] = {exif(0, true), exif(9, false), truncated_block,
                                std::string("Exif\0\0", 6) + "nonsense"};
  for (const auto& block : blocks) {
    const TempFolder folder;
    const Image image = load_image(folder.keep("a.jpg", with_segment(jpeg, 0xE1, block)));
    EXPECT_EQ(image.width, kStoredWidth);
    expect_quarters(image, "ABCD");
  }
}

}  // namespace impasto
