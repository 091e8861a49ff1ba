#include <algorithm>
#include <cmath>

#include "picture_files.hpp"

namespace impasto {

namespace {

Image filled(std::int64_t width, std::int64_t height, float value) {
  Image image(width, height);
  std::fill(image.rgb.begin(), image.rgb.end(), value);
  return image;
}

/// Each value is `value(x, y)`, in all three planes.
template <class Function>
Image drawn(std::int64_t width, std::int64_t height, Function value) {
  Image image(width, height);
  for (std::size_t index = 0; index < image.rgb.size(); ++index) {
    const auto place = static_cast<std::int64_t>(index) % image.pixels();
    image.rgb[index] = value(place % width, place / width);
  }
  return image;
}

}  // namespace

TEST(Resize, KeepsAConstantConstantAtAnySizeAndRange) {
  const std::pair<int, int> sizes[] = {{1, 1}, {1, 50}, {50, 1}, {7, 90}, {333, 5}, {64, 48}};
  for (const float value : {0.37F, -123.5F, 4000.0F}) {
    for (const auto& [width, height] : sizes) {
      const Image image = resize(filled(31, 17, value), width, height);
      ASSERT_EQ(static_cast<std::int64_t>(image.rgb.size()), std::int64_t{3} * width * height);
      for (const float result : image.rgb) {
        ASSERT_NEAR(result, value, 1e-5F * std::abs(value)) << width << " x " << height;
      }
    }
  }
}

TEST(Resize, KeepsARampLinearAwayFromTheBorders) {
  const Image ramp = drawn(60, 40, [](auto x, auto y) {
    return static_cast<float>(x) * 10.0F - static_cast<float>(y) * 5.0F - 100.0F;
  });
  const std::pair<std::int64_t, std::int64_t> sizes[] = {{120, 100}, {30, 20}, {25, 37}, {97, 11}};
  for (const auto& [width, height] : sizes) {
    const Image image = resize(ramp, width, height);
    const double scale_x = 60.0 / static_cast<double>(width);
    const double scale_y = 40.0 / static_cast<double>(height);
    // Catmull-Rom reaches two pixels of the coarser grid.
    const auto margin_x = static_cast<std::int64_t>(std::ceil(2 * std::max(1.0, 1 / scale_x))) + 1;
    const auto margin_y = static_cast<std::int64_t>(std::ceil(2 * std::max(1.0, 1 / scale_y))) + 1;
    for (std::int64_t y = margin_y; y < height - margin_y; ++y) {
      for (std::int64_t x = margin_x; x < width - margin_x; ++x) {
        const double source_x = (static_cast<double>(x) + 0.5) * scale_x - 0.5;
        const double source_y = (static_cast<double>(y) + 0.5) * scale_y - 0.5;
        // To a 50th of a pixel: shrunk by odd ratios, a sampled kernel is not exactly symmetric.
        ASSERT_NEAR(value_at(image, 1, x, y), source_x * 10.0 - source_y * 5.0 - 100.0, 0.2)
            << x << ", " << y << " of " << width << " x " << height;
      }
    }
  }
}

TEST(Resize, AveragesACheckerboardWhenShrinking) {
  const Image board = drawn(96, 96, [](auto x, auto y) { return (x + y) % 2 == 0 ? 1.0F : 0.0F; });
  const Image image = resize(board, 16, 16);
  for (std::int64_t y = 2; y < 14; ++y) {
    for (std::int64_t x = 2; x < 14; ++x) {
      ASSERT_NEAR(value_at(image, 0, x, y), 0.5F, 0.01F);
    }
  }
}

TEST(Resize, KeepsTheMeanWhenShrinkingToOnePixel) {
  const Image halves = drawn(40, 40, [](auto x, auto) { return x < 20 ? 0.0F : 1.0F; });
  EXPECT_NEAR(resize(halves, 1, 1).rgb[0], 0.5F, 1e-4F);
}

TEST(Resize, EnlargesASinglePixelToAConstant) {
  Image pixel(1, 1);
  pixel.rgb = {-2.0F, 0.5F, 3.0F};
  const Image image = resize(pixel, 9, 4);
  EXPECT_NEAR(value_at(image, 0, 8, 3), -2.0F, 1e-5F);
  EXPECT_NEAR(value_at(image, 1, 4, 2), 0.5F, 1e-5F);
  EXPECT_NEAR(value_at(image, 2, 0, 0), 3.0F, 1e-5F);
}

TEST(Resize, HandlesLinesOfOnePixel) {
  const Image line = drawn(1, 10, [](auto, auto y) { return static_cast<float>(y); });
  const Image image = resize(line, 3, 20);
  EXPECT_EQ(image.width, 3);
  EXPECT_EQ(image.height, 20);
  EXPECT_NEAR(value_at(image, 0, 1, 10), 4.75F, 1e-3F);
}

TEST(Resize, IsCatmullRomAndDoesNotClampItsOvershoot) {
  // A quarter of the way between samples its weights are -0.0703125, 0.8671875, 0.2265625,
  // -0.0234375.
  const Image step = drawn(20, 20, [](auto x, auto) { return x < 10 ? 0.0F : 1.0F; });
  const Image image = resize(step, 40, 20);
  EXPECT_NEAR(value_at(image, 0, 19, 10), 0.2265625F - 0.0234375F, 1e-4F);
  EXPECT_NEAR(value_at(image, 0, 18, 10), -0.0703125F, 1e-4F);
  EXPECT_NEAR(value_at(image, 0, 21, 10), 1.0703125F, 1e-4F);
}

TEST(Resize, ResamplesAlphaAndClampsIt) {
  Image image = filled(20, 20, 0.5F);
  image.alpha.resize(400);
  for (std::size_t index = 0; index < 400; ++index) {
    image.alpha[index] = index % 20 < 10 ? 0.0F : 1.0F;
  }
  const Image result = resize(image, 40, 40);
  ASSERT_EQ(result.alpha.size(), 1600U);
  EXPECT_EQ(*std::min_element(result.alpha.begin(), result.alpha.end()), 0.0F);
  EXPECT_EQ(*std::max_element(result.alpha.begin(), result.alpha.end()), 1.0F);
}

TEST(Resize, ToTheSameSizeIsTheSamePicture) {
  const Image image = gradient_picture(13, 9);
  EXPECT_EQ(resize(image, 13, 9).rgb, image.rgb);
}

TEST(Resize, RefusesSizesBelowOneAndBeyondMemory) {
  const Image image = filled(4, 4, 0.5F);
  EXPECT_THROW(resize(image, 0, 4), UsageError);
  EXPECT_THROW(resize(image, 4, -1), UsageError);
  EXPECT_THROW(resize(image, 1'000'000, 1'000'000), UsageError);
}

}  // namespace impasto
