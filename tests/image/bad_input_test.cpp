#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>

#include "picture_files.hpp"
#include "support/paths.hpp"

namespace impasto {

namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

/// The message of the InputError that loading these bytes must end in.
std::string refusal(const std::string& name, const std::string& bytes) {
  const TempFolder folder;
  const std::string path = folder.keep(name, bytes);
  try {
    load_image(path);
  } catch (const InputError& error) {
    std::string message = error.what();
    EXPECT_NE(message.find(path), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }
  ADD_FAILURE() << name << " of " << bytes.size() << " bytes was accepted";
  return {};
}

/// Of the last `spare` bytes no pixel is made.
void expect_every_beginning_refused(const std::string& name, const std::string& whole,
                                    std::size_t spare = 0) {
  const TempFolder folder;
  const auto pixels = load_image(folder.keep(name, whole)).rgb;
  EXPECT_EQ(load_image(folder.keep(name, whole.substr(0, whole.size() - spare))).rgb, pixels);
  for (std::size_t size = 0; size < whole.size() - spare; ++size) {
    const std::string path = folder.keep(name, whole.substr(0, size));
    EXPECT_THROW(load_image(path), InputError) << size << " of " << whole.size() << " bytes";
  }
}

void expect_refused_at_once(const std::string& name, const std::string& bytes) {
  const auto start = std::chrono::steady_clock::now();
  refusal(name, bytes);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

std::string noisy_samples(std::size_t count) {
  std::string samples;
  std::uint32_t state = 1;
  for (std::size_t index = 0; index < count; ++index) {
    state = state * 1664525U + 1013904223U;
    samples.push_back(static_cast<char>(state >> 24U));
  }
  return samples;
}

}  // namespace

TEST(LoadImage, RefusesATruncatedJpegInsteadOfFillingWithGrey) {
  expect_every_beginning_refused("a.jpg", jpeg_file(gradient_picture(40, 24)), 2);  // EOI
}

TEST(LoadImage, RefusesATruncatedPng) {
  expect_every_beginning_refused("a.png", png_file(20, 10, 8, kRgb, noisy_samples(600)),
                                 12);  // IEND
}

TEST(LoadImage, RefusesATruncatedBmp) {
  expect_every_beginning_refused("a.bmp", bmp_file(8, 10, noisy_samples(240)));
}

TEST(LoadImage, RefusesATruncatedTga) {
  expect_every_beginning_refused("a.tga", tga_file(2, 8, 10, 24, 0x20, noisy_samples(240)));
}

TEST(LoadImage, RefusesATruncatedRunLengthTga) {
  std::string runs;
  for (int run = 0; run < 100; ++run) {
    runs += text({0x83, run, 2 * run, 255 - run});  // four equal pixels
  }
  expect_every_beginning_refused("a.tga", tga_file(10, 20, 20, 24, 0x20, runs));
}

TEST(LoadImage, SaysAfterWhichLineAPictureIsCutOff) {
  const std::string jpeg = jpeg_file(gradient_picture(64, 64));
  EXPECT_THAT(refusal("a.jpg", jpeg.substr(0, jpeg.size() - 20)),
              HasSubstr("cut off after line 56 of 64"));
  // About 600 bytes a line, of which libpng reads eight KiB at a time.
  const std::string png = png_file(200, 200, 8, kRgb, noisy_samples(120000));
  EXPECT_THAT(refusal("a.png", png.substr(0, 60000)),
              ContainsRegex("cut off after line (8|9)[0-9] of 200"));
}

TEST(LoadImage, SaysWhatAFileIsThatIsNoPicture) {
  const std::pair<const char*, const char*> files[] = {
      {"", "an empty file"},
      {"This is not a picture, whatever its name may say.\n", "a text file"},
      {"<!DOCTYPE html><html><title>403 Forbidden</title></html>", "a web page"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n", "git lfs pull"},
      {"%PDF-1.7\n", "a PDF document"},
      {"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "an SVG drawing"},
      {"\x01\x02\x03\x04 unheard of", "not a picture of any known kind"}};
  for (const auto& [bytes, name] : files) {
    EXPECT_THAT(refusal("a.jpg", bytes), HasSubstr(name));
  }
}

TEST(LoadImage, RefusesAPipeInsteadOfWaitingForIt) {
  const TempFolder folder;
  const std::string pipe = folder / "pipe.jpg";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(load_image(pipe), InputError);
  EXPECT_THROW(load_image("/dev/zero"), InputError);
}

TEST(LoadImage, RefusesABmpWhoseColoursAreNotInItsPalette) {
  // Two colours, and a pixel of the third: stb_image reads memory that nobody wrote.
  const auto bmp = [](const std::vector<int>& pixels) {
    return "BM" + little(0, 8) + little(54 + 8, 4) + little(40, 4) + little(4, 4) + little(1, 4) +
           little(1, 2) + little(8, 2) + std::string(24, '\0') + text({3, 2, 1, 0, 6, 5, 4, 0}) +
           text(pixels);
  };
  const TempFolder folder;
  expect_bytes(load_image(folder.keep("a.bmp", bmp({0, 1, 1, 0}))),
               {1, 4, 4, 1, 2, 5, 5, 2, 3, 6, 6, 3});
  EXPECT_THAT(refusal("a.bmp", bmp({0, 1, 2, 0})), HasSubstr("outside its palette"));
}

TEST(LoadImage, RefusesABmpOfImpossibleDepthsAtOnce) {
  for (const int depth : {0, 2, 3, 5, 7, 9}) {
    const std::string bmp = "BM" + little(0, 8) + little(54 + 64, 4) + little(40, 4) +
                            little(4, 4) + little(1, 4) + little(1, 2) +
                            little(static_cast<std::uint32_t>(depth), 2) +
                            std::string(24 + 64 + 16, '\0');
    EXPECT_THAT(refusal("a.bmp", bmp), HasSubstr("cannot decode")) << depth;
  }
}

/// An input of the fuzzers' corpora.
std::string fuzzed(const std::string& name) {
  return bytes_of(test_data() + "/../fuzz/corpus/" + name);
}

TEST(LoadImage, ReadsWhatStandsBehindAPpmsCommentAsStbImageDoes) {
  // Comments that end with a carriage return: read otherwise, they hid a width of 0, and a number
  // that overflows stb_image's.
  EXPECT_THAT(refusal("a.ppm", "P6\n#\r0 76\n255\n" + text({1, 2, 3})),
              HasSubstr("the picture has an impossible size"));
  EXPECT_THAT(refusal("a.ppm", fuzzed("stb/comment_ends_with_return.ppm")),
              HasSubstr("whose largest value is"));
}

TEST(LoadImage, RefusesATiffOfSamplesWithoutEndAtOnce) {
  // 193 bytes that would take 2 GiB for a row.
  EXPECT_THAT(refusal("a.tif", fuzzed("tiff/samples_without_end.tif")),
              HasSubstr("65283 samples for each pixel"));
}

TEST(LoadImage, TakesNoMoreMemoryForASmallPngThatUnpacksToMuch) {
  // One pixel, and a gigabyte of zeros after it in the same compressed stream.
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  z_stream stream{};
  ASSERT_EQ(deflateInit(&stream, 9), Z_OK);
  const std::string zeros(kPiece, '\0');
  std::string packed(kPiece * 2, '\0');
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  for (int piece = 0; piece < 1024; ++piece) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
    stream.avail_in = static_cast<uInt>(zeros.size());
    ASSERT_EQ(deflate(&stream, piece == 1023 ? Z_FINISH : Z_NO_FLUSH),
              piece == 1023 ? Z_STREAM_END : Z_OK);
  }
  packed.erase(stream.total_out);
  deflateEnd(&stream);
  const std::string png = "\x89PNG\r\n\x1a\n" +
                          png_chunk("IHDR", big(1, 4) + big(1, 4) + text({8, kRgb, 0, 0, 0})) +
                          png_chunk("IDAT", packed) + png_chunk("IEND", "");
  const TempFolder folder;
  const std::string path = folder.keep("a.png", png);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  expect_bytes(load_image(path), {0, 0, 0});
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024) << "KiB";
}

TEST(LoadImage, RefusesAFolder) {
  const TempFolder folder;
  EXPECT_THROW(load_image(folder / ""), InputError);
}

TEST(LoadImage, RefusesAMissingFile) {
  const TempFolder folder;
  EXPECT_THROW(load_image(folder / "missing.png"), InputError);
}

TEST(LoadImage, RefusesHugeDeclaredSizesAtOnce) {
  constexpr std::uint32_t kSide = 60000;
  const std::string rows = noisy_samples(600);
  std::string jpeg = jpeg_file(gradient_picture(16, 16));
  const auto frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, big(kSide, 2) + big(kSide, 2));
  expect_refused_at_once("a.jpg", jpeg);
  std::string png = png_file(20, 10, 8, kRgb, rows);
  png.replace(16, 8, big(kSide, 4) + big(kSide, 4));
  expect_refused_at_once("a.png", png);
  expect_refused_at_once("a.bmp", bmp_file(kSide, kSide, rows));
  expect_refused_at_once("a.tga", tga_file(2, kSide, kSide, 24, 0, rows));
  expect_refused_at_once("a.tga", tga_file(10, kSide, kSide, 24, 0, rows));
}

TEST(LoadImage, RefusesSizesWithinTheLimitWhenTheDataCannotHoldThemAtOnce) {
  constexpr std::uint32_t kSide = 10000;
  const std::string rows = noisy_samples(600);
  std::string jpeg = jpeg_file(gradient_picture(16, 16));
  jpeg.replace(jpeg.find("\xff\xc0") + 5, 4, big(kSide, 2) + big(kSide, 2));
  expect_refused_at_once("a.jpg", jpeg);
  std::string png = png_file(20, 10, 8, kRgb, rows);
  png.replace(16, 8, big(kSide, 4) + big(kSide, 4));
  expect_refused_at_once("a.png", png);
  expect_refused_at_once("a.bmp", bmp_file(kSide, kSide, rows));
  expect_refused_at_once("a.tga", tga_file(2, kSide, kSide, 24, 0, rows));
  expect_refused_at_once("a.tga", tga_file(10, kSide, kSide, 24, 0, rows));
}

TEST(LoadImage, RefusesSizesOfZeroAndBelow) {
  refusal("a.bmp", bmp_file(0, 4, noisy_samples(100)));
  refusal("a.bmp", bmp_file(static_cast<std::uint32_t>(-4), 4, noisy_samples(100)));
  refusal("a.bmp", bmp_file(0x7FFFFFFF, 0x80000000, noisy_samples(100)));
  refusal("a.tga", tga_file(2, 0, 4, 24, 0, noisy_samples(100)));
  std::string png = png_file(20, 10, 8, kRgb, noisy_samples(600));
  png.replace(16, 4, big(0, 4));
  refusal("a.png", png);
}

TEST(LoadImage, RefusesAPngThatDoesNotBeginWithItsHeader) {
  std::string png = png_file(20, 10, 8, kRgb, noisy_samples(600));
  refusal("a.png", png.insert(8, png_chunk("CgBI", "1234")));
}

TEST(LoadImage, RefusesFilesWhoseMiddleIsDamagedOrReadsThemWhole) {
  // Nothing but a picture or an InputError may come of a flipped byte.
  const TempFolder folder;
  const std::string files[] = {
      jpeg_file(gradient_picture(24, 16)), png_file(10, 10, 8, kRgb, noisy_samples(300)),
      bmp_file(8, 10, noisy_samples(240)), tga_file(10, 8, 4, 24, 0x20, std::string(128, '\x40'))};
  for (const auto& file : files) {
    for (std::size_t at = 0; at < file.size(); ++at) {
      std::string damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
      try {
        const Image image = load_image(folder.keep("a", damaged));
        EXPECT_EQ(static_cast<std::int64_t>(image.rgb.size()), 3 * image.pixels());
      } catch (const InputError&) {
        SUCCEED();
      }
    }
  }
}

}  // namespace impasto
