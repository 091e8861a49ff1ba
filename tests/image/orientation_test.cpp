#include <array>
#include <cmath>

#include "picture_files.hpp"

namespace impasto {

namespace {

/// An EXIF block that holds nothing but an orientation, in either byte order.
/// SHORT (EXIF's type 3), as the standard says, or LONG (4), as some programs write.
std::string exif(std::uint32_t orientation, bool big_endian, std::uint32_t type = 3) {
  const auto number = big_endian ? big : little;
  return std::string("Exif\0\0", 6) + (big_endian ? "MM" : "II") + number(42, 2) + number(8, 4) +
         number(1, 2) + number(0x0112, 2) + number(type, 2) + number(1, 4) +
         (type == 3 ? number(orientation, 2) + number(0, 2) : number(orientation, 4)) +
         number(0, 4);
}

/// ImageMagick's text for a block: its name, its length, lines of hexadecimal digits.
std::string raw_profile_text(const std::string& name, const std::string& block) {
  std::string digits;
  for (const unsigned char byte : block) {
    digits += "0123456789abcdef"[byte / 16];
    digits += "0123456789abcdef"[byte % 16];
    digits += digits.size() % 73 == 72 ? "\n" : "";
  }
  return "\n" + name + "\n      " + std::to_string(block.size()) + "\n" + digits + "\n";
}

/// An XMP packet that says it by an attribute or by an element.
std::string xmp(int orientation, bool element) {
  const std::string value = std::to_string(orientation);
  return R"(<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description xmlns:tiff="t")" +
         (element ? "><tiff:Orientation>" + value + "</tiff:Orientation></rdf:Description>"
                  : " tiff:Orientation=\"" + value + "\"/>") +
         "</rdf:RDF></x:xmpmeta>";
}

std::string xmp_segment(int orientation) {
  return std::string("http://ns.adobe.com/xap/1.0/\0", 29) + xmp(orientation, false);
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

TEST_P(EveryOrientation, StandsAsALongNumberToo) {
  const int orientation = GetParam();
  for (const bool big_endian : {true, false}) {
    const TempFolder folder;
    const auto block = exif(static_cast<std::uint32_t>(orientation), big_endian, 4);
    expect_quarters(
        load_image(folder.keep("a.jpg", with_segment(jpeg_file(quarters()), 0xE1, block))),
        kUprightQuarters[static_cast<std::size_t>(orientation - 1)]);
  }
}

TEST_P(EveryOrientation, OfAPngStandsInATextOrInXmp) {
  const int orientation = GetParam();
  const TempFolder folder;
  save_image(folder / "stored.png", quarters());
  const std::string png = bytes_of(folder / "stored.png");
  const auto block = exif(static_cast<std::uint32_t>(orientation), false);
  const std::string hex = raw_profile_text("exif", block);
  const std::string chunks[] = {
      png_chunk("tEXt", std::string("Raw profile type exif\0", 22) + hex),
      png_chunk("tEXt", std::string("Raw profile type APP1\0", 22) + hex),
      png_chunk("tEXt", std::string("Raw profile type exif\0", 22) +
                            raw_profile_text("exif", block.substr(6))),
      png_chunk("zTXt", std::string("Raw profile type exif\0\0", 23) + deflated(hex)),
      png_chunk("iTXt", std::string("Raw profile type exif\0\1\0\0\0", 26) + deflated(hex)),
      png_chunk("iTXt", std::string("XML:com.adobe.xmp\0\0\0\0\0", 22) + xmp(orientation, false)),
      png_chunk("iTXt", std::string("XML:com.adobe.xmp\0\0\0en\0x\0", 25) + xmp(orientation, true)),
      png_chunk("iTXt",
                std::string("XML:com.adobe.xmp\0\1\0\0\0", 22) + deflated(xmp(orientation, true)))};
  for (const auto& chunk : chunks) {
    expect_quarters(load_image(folder.keep("a.png", with_chunks(png, chunk))),
                    kUprightQuarters[static_cast<std::size_t>(orientation - 1)]);
  }
}

TEST_P(EveryOrientation, OfAJpegStandsInXmpUnlessExifSaysAnother) {
  const int orientation = GetParam();
  const std::string only_xmp = with_segment(jpeg_file(quarters()), 0xE1, xmp_segment(orientation));
  const TempFolder folder;
  expect_quarters(load_image(folder.keep("a.jpg", only_xmp)),
                  kUprightQuarters[static_cast<std::size_t>(orientation - 1)]);
  const std::string exif_first = with_segment(only_xmp, 0xE1, exif(8, true));
  const std::string exif_last = with_segment(
      with_segment(jpeg_file(quarters()), 0xE1, exif(8, true)), 0xE1, xmp_segment(orientation));
  for (const auto& jpeg : {exif_first, exif_last}) {
    expect_quarters(load_image(folder.keep("a.jpg", jpeg)), kUprightQuarters[7]);
  }
}

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
