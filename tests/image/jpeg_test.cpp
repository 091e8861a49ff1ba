// JPEGs as cameras, printers and broken downloads make them.
#include "jpeg_writer.hpp"

#include <gmock/gmock.h>

#include "picture_files.hpp"

namespace impasto {

void PrintTo(const JpegKind& kind, std::ostream* out) {
  *out << (kind.progressive ? "progressive" : "sequential");
}

namespace {

using testing::HasSubstr;

Image load_jpeg(const std::string& bytes) {
  const TempFolder folder;
  return load_image(folder.keep("a.jpg", bytes));
}

std::string refusal(const std::string& bytes) {
  try {
    load_jpeg(bytes);
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return {};
}

/// Checks the middle of the picture to within 4 of 255, what JPEG's rounding may cost.
void expect_colour(const Image& image, const std::vector<int>& rgb) {
  for (int channel = 0; channel < 3; ++channel) {
    EXPECT_NEAR(value_at(image, channel, image.width / 2, image.height / 2) * 255.0F,
                static_cast<float>(rgb.at(static_cast<std::size_t>(channel))), 4.0F)
        << "channel " << channel;
  }
}

/// A picture in which no two blocks are alike.
std::vector<std::uint8_t> varied(unsigned width, unsigned height) {
  std::vector<std::uint8_t> samples;
  for (unsigned pixel = 0; pixel < width * height; ++pixel) {
    const unsigned x = pixel % width;
    const unsigned y = pixel / width;
    for (const unsigned value : {x * 4, y * 5, (x / 8 * 37 + y / 8 * 91) % 256}) {
      samples.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return samples;
}

std::string varied_jpeg(const JpegKind& kind) {
  return write_jpeg(kind, 64, 48, varied(64, 48));
}

constexpr JpegKind kBaseline{};
constexpr JpegKind kProgressive{.progressive = true};
constexpr JpegKind kComponentWise{.component_wise = true};
constexpr JpegKind kRestarting{.restart_interval = 4};

std::string name_of(const JpegKind& kind) {
  if (kind.progressive) {
    return "Progressive";
  }
  if (kind.component_wise) {
    return "ComponentWise";
  }
  return kind.restart_interval > 0 ? "Restarting" : "Baseline";
}

class EveryJpeg : public testing::TestWithParam<JpegKind> {};

}  // namespace

TEST_P(EveryJpeg, IsWholeWithoutItsEndMarker) {
  const std::string jpeg = varied_jpeg(GetParam());
  const Image whole = load_jpeg(jpeg);
  const std::string without_end = jpeg.substr(0, jpeg.size() - 2);
  EXPECT_EQ(load_jpeg(without_end).rgb, whole.rgb);
  EXPECT_EQ(load_jpeg(without_end + std::string(2048, '\0')).rgb, whole.rgb);
  EXPECT_EQ(load_jpeg(without_end + "Image_UTC_Data1500000000000" + std::string(300, '\1')).rgb,
            whole.rgb);
}

TEST_P(EveryJpeg, IsWholeWithAnythingBetweenItsLastBlockAndItsEnd) {
  const std::string jpeg = varied_jpeg(GetParam());
  const Image whole = load_jpeg(jpeg);
  const std::string without_end = jpeg.substr(0, jpeg.size() - 2);
  for (const auto& stuffing : {text({0xFF, 0}) + std::string(64, '\0'), std::string(512, '\0'),
                               text({0xFF, 0xFF, 0xFF, 0xFF}), std::string(3, '\x7e')}) {
    EXPECT_EQ(load_jpeg(without_end + stuffing + text({0xFF, 0xD9})).rgb, whole.rgb);
  }
  EXPECT_EQ(load_jpeg(jpeg + jpeg).rgb, whole.rgb);
}

TEST_P(EveryJpeg, LosesNoBlockUnnoticed) {
  // Cut anywhere, also with an end marker after the cut. Between the scans of a progressive file
  // that end is honest: then all blocks are there, only coarser.
  const std::string jpeg = varied_jpeg(GetParam());
  const Image whole = load_jpeg(jpeg);
  const bool honest_ends = GetParam().progressive;
  for (std::size_t size = 2; size < jpeg.size() - 2; size += 7) {
    for (const auto& end : {std::string(), text({0xFF, 0xD9})}) {
      try {
        const Image image = load_jpeg(jpeg.substr(0, size) + end);
        EXPECT_TRUE(image.rgb == whole.rgb || (honest_ends && !end.empty())) << size;
      } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::AnyOf(HasSubstr("cut off"), HasSubstr("damaged")));
      }
    }
  }
}

TEST_P(EveryJpeg, MayHaveFillBytesAndALineEndBeforeIt) {
  const std::string jpeg = varied_jpeg(GetParam());
  const Image whole = load_jpeg(jpeg);
  EXPECT_EQ(load_jpeg(jpeg.substr(0, 2) + "\xff\xff\xff" + jpeg.substr(2)).rgb, whole.rgb);
  EXPECT_EQ(load_jpeg("\r\n" + jpeg).rgb, whole.rgb);
}

INSTANTIATE_TEST_SUITE_P(Jpeg, EveryJpeg,
                         testing::Values(kBaseline, kProgressive, kComponentWise, kRestarting),
                         [](const auto& kind) { return name_of(kind.param); });

TEST(Jpeg, OfInksIsReadAsInks) {
  // A warm red, (1 - ink)(1 - black) of 255: 230 * 0.9, 60 * 0.9, 30 * 0.9.
  const std::vector<int> inks{25, 195, 225, 26};
  const std::vector<int> paper{230, 60, 30, 229};
  const std::vector<int> red{207, 54, 27};
  JpegKind kind{.channels = 4, .given = JCS_CMYK, .stored = JCS_CMYK};
  expect_colour(load_jpeg(flat_jpeg(kind, inks)), red);
  kind.adobe_marker = true;
  expect_colour(load_jpeg(flat_jpeg(kind, paper)), red);
  kind.stored = JCS_YCCK;
  expect_colour(load_jpeg(flat_jpeg(kind, paper)), red);
  kind.luma_sampling = 2;
  expect_colour(load_jpeg(flat_jpeg(kind, paper)), red);
}

TEST(Jpeg, OfInksWithoutAMarkerIsYcckWhereItsColoursAreSubsampled) {
  const JpegKind kind{.channels = 4, .given = JCS_CMYK, .stored = JCS_YCCK, .luma_sampling = 2};
  expect_colour(load_jpeg(flat_jpeg(kind, {25, 195, 225, 26})), {207, 54, 27});
}

TEST(Jpeg, OfPlainRgbAndGreyKeepItsColours) {
  const JpegKind rgb{.stored = JCS_RGB, .adobe_marker = true};
  expect_colour(load_jpeg(flat_jpeg(rgb, {200, 40, 90})), {200, 40, 90});
  const JpegKind grey{.channels = 1, .given = JCS_GRAYSCALE, .stored = JCS_GRAYSCALE};
  expect_colour(load_jpeg(flat_jpeg(grey, {77})), {77, 77, 77});
}

TEST(Jpeg, WithoutHuffmanTablesHasTheStandardOnes) {
  // As the frames of Motion JPEG, whose tables nobody stores.
  const std::string whole = jpeg_file(gradient_picture(48, 32));  // stb writes standard tables
  std::string frame = whole.substr(0, 2);
  std::size_t at = 2;
  while (whole[at + 1] != '\xda') {
    const std::size_t size = 2U + static_cast<unsigned char>(whole[at + 2]) * 256U +
                             static_cast<unsigned char>(whole[at + 3]);
    frame += whole[at + 1] == '\xc4' ? "" : whole.substr(at, size);
    at += size;
  }
  frame += whole.substr(at);
  ASSERT_LT(frame.size(), whole.size());
  EXPECT_EQ(load_jpeg(frame).rgb, load_jpeg(whole).rgb);
}

TEST(Jpeg, WithoutSomeOfItsScansIsRefused) {
  // One of three components: the others would be whatever lay in memory.
  const std::string jpeg = varied_jpeg(kComponentWise);
  const std::size_t second_scan = jpeg.find("\xff\xda", jpeg.find("\xff\xda") + 2);
  EXPECT_THAT(refusal(jpeg.substr(0, second_scan) + text({0xFF, 0xD9})), HasSubstr("cut off"));
}

TEST(Jpeg, ThatRepeatsItsScansIsRefusedAtOnce) {
  for (const auto& kind : {kProgressive, kComponentWise}) {
    const std::string jpeg = varied_jpeg(kind);
    const std::size_t scans = jpeg.find("\xff\xda");
    const std::string once = jpeg.substr(scans, jpeg.size() - 2 - scans);
    std::string many = jpeg.substr(0, jpeg.size() - 2);
    for (int copy = 0; copy < 10; ++copy) {
      many += once;
    }
    EXPECT_THAT(refusal(many + text({0xFF, 0xD9})), HasSubstr("damaged"));
  }
}

TEST(Jpeg, WithMoreHuffmanCodesThanFitIsRefused) {
  std::string jpeg = varied_jpeg(kBaseline);
  const std::size_t table = jpeg.find("\xff\xc4");
  jpeg.replace(table + 5, 16,
               text({0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255}));
  EXPECT_THAT(refusal(jpeg), HasSubstr("damaged"));
}

TEST(Jpeg, OfKindsThatAreNotReadIsNamed) {
  const auto with_frame = [](int marker, int precision) {
    std::string jpeg = varied_jpeg(kBaseline);
    const std::size_t frame = jpeg.find("\xff\xc0");
    jpeg[frame + 1] = static_cast<char>(marker);
    jpeg[frame + 4] = static_cast<char>(precision);
    return jpeg;
  };
  EXPECT_THAT(refusal(with_frame(0xC3, 8)), HasSubstr("a lossless JPEG"));
  EXPECT_THAT(refusal(with_frame(0xC1, 12)), HasSubstr("a JPEG of 12 bits per channel"));
  EXPECT_THAT(refusal(with_frame(0xC5, 8)), HasSubstr("a hierarchical JPEG"));
  EXPECT_THAT(refusal(with_frame(0xF7, 8)), HasSubstr("a JPEG-LS picture"));
}

}  // namespace impasto
