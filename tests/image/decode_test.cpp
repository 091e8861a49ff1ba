#include "picture_files.hpp"

namespace impasto {

namespace {

Image load_bytes(const std::string& name, const std::string& bytes) {
  const TempFolder folder;
  return load_image(folder.keep(name, bytes));
}

}  // namespace

TEST(LoadImage, ReadsEightBitRgbPngAsPlanes) {
  const auto image = load_bytes("a.png", png_file(2, 1, 8, kRgb, text({255, 128, 0, 1, 2, 3})));
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.height, 1);
  EXPECT_TRUE(image.alpha.empty());
  expect_bytes(image, {255, 1, 128, 2, 0, 3});
}

TEST(LoadImage, FillsThreePlanesFromGreyPng) {
  expect_bytes(load_bytes("a.png", png_file(2, 1, 8, kGrey, text({7, 200}))),
               {7, 200, 7, 200, 7, 200});
}

TEST(LoadImage, ReadsOneBitGreyPng) {
  expect_bytes(load_bytes("a.png", png_file(3, 1, 1, kGrey, text({0b10100000}))),
               {255, 0, 255, 255, 0, 255, 255, 0, 255});
}

TEST(LoadImage, KeepsSixteenBitPrecision) {
  const auto image =
      load_bytes("a.png", png_file(1, 1, 16, kRgb, big(1000, 2) + big(1001, 2) + big(65535, 2)));
  EXPECT_NEAR(image.rgb[0], 1000.0F / 65535.0F, 1e-7F);
  EXPECT_NEAR(image.rgb[1], 1001.0F / 65535.0F, 1e-7F);
  EXPECT_EQ(image.rgb[2], 1.0F);
}

TEST(LoadImage, ReadsSixteenBitGreyAndAlpha) {
  const auto image =
      load_bytes("a.png", png_file(1, 1, 16, kGreyAlpha, big(32768, 2) + big(16384, 2)));
  const float alpha = 16384.0F / 65535.0F;
  ASSERT_EQ(image.alpha.size(), 1U);
  EXPECT_NEAR(image.alpha[0], alpha, 1e-7F);
  EXPECT_NEAR(image.rgb[1], alpha * 32768.0F / 65535.0F + 1.0F - alpha, 1e-6F);
}

TEST(LoadImage, ReadsPalettePngWithTransparency) {
  const std::string palette = png_chunk("PLTE", text({10, 20, 30, 255, 0, 0}));
  const auto image = load_bytes("a.png", png_file(2, 1, 8, kPalette, text({0, 1}),
                                                  palette + png_chunk("tRNS", text({255, 0}))));
  expect_bytes(image, {10, 255, 20, 255, 30, 255});
  EXPECT_EQ(image.alpha, (std::vector<float>{1.0F, 0.0F}));
}

TEST(LoadImage, CompositesTransparentColoursOverWhiteAndKeepsAlpha) {
  const auto image =
      load_bytes("a.png", png_file(2, 1, 8, kRgba, text({100, 0, 0, 51, 9, 8, 7, 255})));
  EXPECT_EQ(image.alpha, (std::vector<float>{0.2F, 1.0F}));
  EXPECT_NEAR(value_at(image, 0, 0, 0) * 255.0F, 0.2F * 100.0F + 0.8F * 255.0F, 1e-3F);
  EXPECT_NEAR(value_at(image, 1, 0, 0), 0.8F, 1e-6F);
  EXPECT_NEAR(value_at(image, 2, 1, 0) * 255.0F, 7.0F, 1e-4F);
}

TEST(LoadImage, DropsAlphaThatIsOneEverywhere) {
  const auto image = load_bytes("a.png", png_file(1, 1, 8, kRgba, text({1, 2, 3, 255})));
  EXPECT_TRUE(image.alpha.empty());
  expect_bytes(image, {1, 2, 3});
}

TEST(LoadImage, ReadsBmpFromTheBottomUp) {
  const std::string bottom = text({3, 2, 1, 6, 5, 4, 0, 0});  // blue, green, red; padded
  const std::string top = text({9, 8, 7, 12, 11, 10, 0, 0});
  expect_bytes(load_bytes("a.bmp", bmp_file(2, 2, bottom + top)),
               {7, 10, 1, 4, 8, 11, 2, 5, 9, 12, 3, 6});
}

TEST(LoadImage, ReadsBmpFromTheTopDownWhenItsHeightIsNegative) {
  const std::string rows = text({3, 2, 1, 0, 6, 5, 4, 0});
  expect_bytes(load_bytes("a.bmp", bmp_file(1, static_cast<std::uint32_t>(-2), rows)),
               {1, 4, 2, 5, 3, 6});
}

TEST(LoadImage, ReadsRawTgaFromTheTopDown) {
  expect_bytes(load_bytes("a.tga", tga_file(2, 1, 2, 24, 0x20, text({3, 2, 1, 6, 5, 4}))),
               {1, 4, 2, 5, 3, 6});
}

TEST(LoadImage, ReadsRawTgaFromTheBottomUp) {
  expect_bytes(load_bytes("a.tga", tga_file(2, 1, 2, 24, 0, text({3, 2, 1, 6, 5, 4}))),
               {4, 1, 5, 2, 6, 3});
}

TEST(LoadImage, ReadsRunLengthTga) {
  // Three equal pixels, then one of its own.
  const std::string data = text({0x82, 3, 2, 1, 0x00, 6, 5, 4});
  expect_bytes(load_bytes("a.tga", tga_file(10, 4, 1, 24, 0x20, data)),
               {1, 1, 1, 4, 2, 2, 2, 5, 3, 3, 3, 6});
}

TEST(LoadImage, ReadsGreyTga) {
  expect_bytes(load_bytes("a.tga", tga_file(3, 2, 1, 8, 0x20, text({9, 90}))),
               {9, 90, 9, 90, 9, 90});
}

TEST(LoadImage, ReadsTgaThatRunsFromRightToLeft) {
  expect_bytes(load_bytes("a.tga", tga_file(3, 2, 1, 8, 0x30, text({9, 90}))),
               {90, 9, 90, 9, 90, 9});
}

TEST(LoadImage, KeepsTgaAlphaUnlessItIsZeroEverywhere) {
  const std::string transparent = text({3, 2, 1, 0, 6, 5, 4, 0});
  const auto unused = load_bytes("a.tga", tga_file(2, 2, 1, 32, 0x20, transparent));
  EXPECT_TRUE(unused.alpha.empty());
  expect_bytes(unused, {1, 4, 2, 5, 3, 6});
  const std::string half = text({3, 2, 1, 0, 6, 5, 4, 255});
  const auto used = load_bytes("a.tga", tga_file(2, 2, 1, 32, 0x28, half));
  EXPECT_EQ(used.alpha, (std::vector<float>{0.0F, 1.0F}));
}

TEST(LoadImage, ReadsPgmAndPpm) {
  expect_bytes(load_bytes("a.ppm", "P6\n# by a scanner\n2 1\n255\n" + text({1, 2, 3, 4, 5, 6})),
               {1, 4, 2, 5, 3, 6});
  expect_bytes(load_bytes("a.pgm", "P5 1 1 255 " + text({9})), {9, 9, 9});
  expect_bytes(load_bytes("a.ppm", "P6\r# by an old one\r2 1\r255\r" + text({1, 2, 3, 4, 5, 6})),
               {1, 4, 2, 5, 3, 6});
  EXPECT_THROW(load_bytes("a.ppm", "P6\n2 1\n255\n" + text({1, 2, 3, 4, 5})), InputError);
  EXPECT_THROW(load_bytes("a.ppm", "P6\n2 1\n65535\n" + std::string(12, 'a')), InputError);
}

TEST(LoadImage, ReadsJpegToWithinThreeOf255) {
  const Image original = gradient_picture(64, 48);
  const auto image = load_bytes("a.jpg", jpeg_file(original));
  ASSERT_EQ(image.width, 64);
  ASSERT_EQ(image.height, 48);
  double sum = 0;
  for (std::size_t index = 0; index < original.rgb.size(); ++index) {
    sum += std::abs(image.rgb[index] - original.rgb[index]);
  }
  EXPECT_LT(sum / static_cast<double>(original.rgb.size()), 3.0 / 255.0);
}

TEST(LoadImage, TrustsTheContentsAndNotTheExtension) {
  expect_bytes(load_bytes("a.jpg", png_file(1, 1, 8, kRgb, text({1, 2, 3}))), {1, 2, 3});
}

TEST(LoadImage, IgnoresWhatFollowsACompletePicture) {
  const std::string junk(1000, 'x');
  const std::string files[] = {
      png_file(1, 1, 8, kRgb, text({1, 2, 3})), jpeg_file(gradient_picture(20, 20)),
      bmp_file(1, 1, text({3, 2, 1, 0})), tga_file(2, 1, 1, 24, 0, text({3, 2, 1}))};
  for (const auto& file : files) {
    EXPECT_EQ(load_bytes("a", file + junk).rgb, load_bytes("a", file).rgb);
  }
}

}  // namespace impasto
