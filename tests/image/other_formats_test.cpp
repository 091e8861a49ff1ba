// Pictures of phones (HEIC, AVIF), of the web (WebP) and of scanners and printers (TIFF).
#include <gmock/gmock.h>
#include <tiffio.h>
#include <webp/encode.h>

#include "picture_files.hpp"
#include "support/paths.hpp"

namespace impasto {

namespace {

using testing::AnyOf;
using testing::HasSubstr;

/// Of the files in tests/data/pictures, which Pillow and pillow-heif wrote: 64 x 48 pixels, each
/// quarter of one colour.
constexpr int kQuarters[4][3] = {{220, 30, 30}, {30, 200, 30}, {30, 30, 220}, {230, 220, 30}};

/// Checks the four quarters, in reading order, against these of the stored ones, to within 6 of
/// 255.
void expect_coloured_quarters(const Image& image, const std::vector<std::size_t>& order) {
  for (std::size_t place = 0; place < 4; ++place) {
    for (int channel = 0; channel < 3; ++channel) {
      const float value = value_at(image, channel, image.width * (place % 2 == 0 ? 1 : 3) / 4,
                                   image.height * (place < 2 ? 1 : 3) / 4);
      EXPECT_NEAR(value * 255.0F, static_cast<float>(kQuarters[order[place]][channel]), 6.0F)
          << "quarter " << place << ", channel " << channel;
    }
  }
}

std::string stored_picture(const std::string& name) {
  return test_data() + "/pictures/" + name;
}

std::string refusal_by_loader(const std::string& name, const std::string& bytes) {
  const TempFolder folder;
  try {
    load_image(folder.keep(name, bytes));
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << name << " of " << bytes.size() << " bytes was accepted";
  return {};
}

/// Every hundredth of the file is tried as its end: nothing but the whole or an InputError.
void expect_beginnings_refused(const std::string& name, const std::string& whole,
                               std::size_t spare = 0) {
  for (std::size_t size = 0; size + spare < whole.size(); size += 1 + whole.size() / 100) {
    refusal_by_loader(name, whole.substr(0, size));
  }
}

/// A lossless WebP of these pixels.
std::string webp_file(int width, int height, const std::vector<std::uint8_t>& rgba) {
  std::uint8_t* bytes = nullptr;
  const std::size_t size = WebPEncodeLosslessRGBA(rgba.data(), width, height, 4 * width, &bytes);
  std::string file(reinterpret_cast<const char*>(bytes), size);
  WebPFree(bytes);
  return file;
}

std::string riff_chunk(const std::string& type, const std::string& contents) {
  return type + little(static_cast<std::uint32_t>(contents.size()), 4) + contents +
         (contents.size() % 2 == 1 ? std::string(1, '\0') : "");
}

/// The same picture in the extended container, with an EXIF block.
std::string webp_with_exif(const std::string& webp, int width, int height,
                           const std::string& exif) {
  const std::string body =
      "WEBP" +
      riff_chunk("VP8X", text({0x08, 0, 0, 0}) + little(std::uint32_t(width - 1), 3) +
                             little(std::uint32_t(height - 1), 3)) +
      webp.substr(12) + riff_chunk("EXIF", exif);
  return "RIFF" + little(static_cast<std::uint32_t>(body.size()), 4) + body;
}

struct TiffKind {
  std::uint16_t photometric = PHOTOMETRIC_RGB;
  std::uint16_t bits = 8;
  std::uint16_t samples = 3;
  std::uint16_t orientation = ORIENTATION_TOPLEFT;
  std::uint16_t compression = COMPRESSION_LZW;
  int extra = -1;  // what the last sample is, or -1
};

/// A TIFF of rows of raw bytes, written by libtiff's own encoder.
std::string write_tiff(const TempFolder& folder, const TiffKind& kind, std::uint32_t width,
                       std::uint32_t height, const std::string& samples) {
  const std::string path = folder / "a.tif";
  TIFF* tiff = TIFFOpen(path.c_str(), "w");
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, kind.photometric);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, kind.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, kind.samples);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, kind.orientation);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, kind.compression);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 8);
  if (kind.extra >= 0) {
    const auto extra = static_cast<std::uint16_t>(kind.extra);
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
  }
  const std::size_t row = samples.size() / height;
  for (std::uint32_t y = 0; y < height; ++y) {
    std::string line = samples.substr(y * row, row);
    EXPECT_EQ(TIFFWriteScanline(tiff, line.data(), y, 0), 1);
  }
  TIFFClose(tiff);
  return path;
}

}  // namespace

TEST(Heif, OfAPhoneIsRead) {
  expect_coloured_quarters(load_image(stored_picture("quarters.heic")), {0, 1, 2, 3});
  expect_coloured_quarters(load_image(stored_picture("quarters.avif")), {0, 1, 2, 3});
}

TEST(Heif, IsTurnedUprightOnce) {
  // The file says it twice, by a rotation and by EXIF's orientation.
  const Image image = load_image(stored_picture("quarters_turned.heic"));
  EXPECT_EQ(image.width, 48);
  EXPECT_EQ(image.height, 64);
  expect_coloured_quarters(image, {2, 0, 3, 1});
}

TEST(Heif, KeepsItsAlpha) {
  const Image image = load_image(stored_picture("quarters_alpha.heic"));
  ASSERT_EQ(image.alpha.size(), static_cast<std::size_t>(image.pixels()));
  EXPECT_NEAR(image.alpha.front(), 0.0F, 0.02F);
  EXPECT_NEAR(image.alpha.back(), 1.0F, 0.02F);
}

TEST(Heif, OfWhichAPartIsMissingIsRefused) {
  for (const std::string name : {"quarters.heic", "quarters.avif"}) {
    const std::string whole = bytes_of(stored_picture(name));
    EXPECT_THAT(refusal_by_loader(name, whole.substr(0, whole.size() - 20)),
                AnyOf(HasSubstr("cut off"), HasSubstr("damaged")));
    expect_beginnings_refused(name, whole);
  }
}

TEST(WebP, KeepsEveryPixelAndItsAlpha) {
  const TempFolder folder;
  const Image image =
      load_image(folder.keep("a.jpg", webp_file(2, 1, {10, 20, 30, 255, 40, 50, 60, 51})));
  EXPECT_NEAR(image.alpha.at(1), 0.2F, 1e-6F);
  EXPECT_NEAR(value_at(image, 1, 0, 0) * 255.0F, 20.0F, 1e-3F);
  EXPECT_NEAR(value_at(image, 1, 1, 0) * 255.0F, 0.2F * 50.0F + 0.8F * 255.0F, 1e-3F);
}

TEST(WebP, IsTurnedAsItsExifSays) {
  const std::string block = "II" + little(42, 2) + little(8, 4) + little(1, 2) + little(0x112, 2) +
                            little(3, 2) + little(1, 4) + little(3, 4) + little(0, 4);
  const std::string plain = webp_file(2, 1, {1, 2, 3, 255, 4, 5, 6, 255});
  const TempFolder folder;
  for (const auto& exif : {block, std::string("Exif\0\0", 6) + block}) {
    expect_bytes(load_image(folder.keep("a.webp", webp_with_exif(plain, 2, 1, exif))),
                 {4, 1, 5, 2, 6, 3});
  }
}

TEST(WebP, OfWhichAPartIsMissingIsRefused) {
  std::vector<std::uint8_t> noise;
  for (unsigned index = 0; index < 4 * 32 * 32; ++index) {
    noise.push_back(static_cast<std::uint8_t>(index * index * 2654435761U >> 13U));
  }
  const std::string whole = webp_file(32, 32, noise);
  expect_beginnings_refused("a.webp", whole, 2);
  EXPECT_THAT(refusal_by_loader("a.webp", whole.substr(0, whole.size() / 2)), HasSubstr("cut off"));
}

TEST(Tiff, OfEightAndSixteenBitsKeepsItsValues) {
  const TempFolder folder;
  expect_bytes(load_image(write_tiff(folder, {}, 2, 1, text({1, 2, 3, 4, 5, 6}))),
               {1, 4, 2, 5, 3, 6});
  const std::uint16_t deep[] = {1000, 1001, 65535};
  const Image image = load_image(write_tiff(
      folder, {.bits = 16}, 1, 1, std::string(reinterpret_cast<const char*>(deep), sizeof deep)));
  EXPECT_NEAR(image.rgb[0], 1000.0F / 65535.0F, 1e-7F);
  EXPECT_NEAR(image.rgb[1], 1001.0F / 65535.0F, 1e-7F);
}

TEST(Tiff, OfInksGreysAndPalettesIsRead) {
  const TempFolder folder;
  const TiffKind inks{.photometric = PHOTOMETRIC_SEPARATED, .samples = 4};
  const Image mixed = load_image(write_tiff(folder, inks, 1, 1, text({0, 255, 255, 51})));
  EXPECT_NEAR(mixed.rgb[0], 0.8F, 1e-6F);
  EXPECT_EQ(mixed.rgb[1], 0.0F);
  const TiffKind grey{.photometric = PHOTOMETRIC_MINISBLACK, .samples = 1};
  expect_bytes(load_image(write_tiff(folder, grey, 2, 1, text({7, 200}))),
               {7, 200, 7, 200, 7, 200});
  const TiffKind fax{.photometric = PHOTOMETRIC_MINISWHITE,
                     .bits = 1,
                     .samples = 1,
                     .compression = COMPRESSION_CCITTFAX4};
  expect_bytes(load_image(write_tiff(folder, fax, 8, 1, text({0b10000001}))),
               {0,   255, 255, 255, 255, 255, 255, 0,   0,   255, 255, 255,
                255, 255, 255, 0,   0,   255, 255, 255, 255, 255, 255, 0});
}

TEST(Tiff, OfColoursTimesAlphaIsDividedAgain) {
  const TempFolder folder;
  const TiffKind kind{.samples = 4, .extra = EXTRASAMPLE_ASSOCALPHA};
  const Image image = load_image(write_tiff(folder, kind, 1, 1, text({51, 0, 102, 102})));
  ASSERT_EQ(image.alpha.size(), 1U);
  EXPECT_NEAR(image.alpha[0], 0.4F, 1e-6F);
  EXPECT_NEAR(image.rgb[0], 0.4F * 0.5F + 0.6F, 1e-6F);  // half red over white
  EXPECT_NEAR(image.rgb[2], 0.4F * 1.0F + 0.6F, 1e-6F);
}

TEST(Tiff, IsTurnedAsItsOrientationSays) {
  const TempFolder folder;
  expect_bytes(load_image(write_tiff(folder, {.orientation = ORIENTATION_RIGHTTOP}, 1, 2,
                                     text({1, 2, 3, 4, 5, 6}))),
               {4, 1, 5, 2, 6, 3});
}

TEST(Tiff, OfACameraIsNotTakenForItsPreview) {
  const TempFolder folder;
  const TiffKind sensor{.photometric = PHOTOMETRIC_CFA, .samples = 1};
  try {
    load_image(write_tiff(folder, sensor, 2, 1, text({1, 2})));
    ADD_FAILURE() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("a camera raw file"));
  }
}

TEST(Tiff, CalledAsCamerasCallTheirsIsARawFile) {
  EXPECT_THAT(
      refusal_by_loader("a.NEF", std::string("II*\0\x08\0\0\0", 8) + std::string(4000, '\0')),
      HasSubstr("a camera raw file"));
}

TEST(Tiff, OfWhichAPartIsMissingIsRefused) {
  const TempFolder folder;
  const TiffKind plain{.compression = COMPRESSION_NONE};
  const std::string whole =
      bytes_of(write_tiff(folder, plain, 16, 16, std::string(16 * 16 * 3, '\x55')));
  expect_beginnings_refused("a.tif", whole);
}

}  // namespace impasto
