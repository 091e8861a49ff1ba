#include <chrono>

#include "picture_files.hpp"

namespace impasto {

namespace {

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

void expect_every_beginning_refused(const std::string& name, const std::string& whole) {
  const TempFolder folder;
  ASSERT_NO_THROW(load_image(folder.keep(name, whole)));
  for (std::size_t size = 0; size < whole.size(); ++size) {
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
  expect_every_beginning_refused("a.jpg", jpeg_file(gradient_picture(40, 24)));
}

TEST(LoadImage, RefusesATruncatedPng) {
  expect_every_beginning_refused("a.png", png_file(20, 10, 8, kRgb, noisy_samples(600)));
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

TEST(LoadImage, SaysThatATruncatedPictureIsTruncated) {
  const std::string jpeg = jpeg_file(gradient_picture(64, 64));
  EXPECT_NE(refusal("a.jpg", jpeg.substr(0, jpeg.size() - 20)).find("truncated"),
            std::string::npos);
}

TEST(LoadImage, RefusesAnEmptyFile) {
  EXPECT_NE(refusal("a.png", "").find("empty"), std::string::npos);
}

TEST(LoadImage, RefusesTextNamedPng) {
  const std::string words = "This is not a picture, whatever its name may say.\n";
  EXPECT_NE(refusal("a.png", words).find("not a PNG, JPEG, BMP or TGA picture"), std::string::npos);
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
