// Numbers as colours.
#include "report/colour_maps.hpp"

#include <gtest/gtest.h>

namespace impasto {
namespace {

double lightness(const Colour& colour) {
  return 0.2126 * colour.red + 0.7152 * colour.green + 0.0722 * colour.blue;
}

TEST(ColourMaps, GrowLighterFromZeroToTheLargest) {
  const ColourScale scale{ColourMap::kSequential, 5};
  for (double value = 0; value < 5; value += 0.25) {
    EXPECT_LT(lightness(colour_of(value, scale)), lightness(colour_of(value + 0.25, scale)));
  }
}

TEST(ColourMaps, ShowSignsAsBlueAndRedAroundNearlyWhite) {
  const ColourScale scale{ColourMap::kSigned, 2};
  const Colour zero = colour_of(0, scale);
  EXPECT_GT(lightness(zero), 0.95);
  EXPECT_NEAR(zero.red, zero.blue, 1e-9);
  const Colour negative = colour_of(-2, scale);
  EXPECT_GT(negative.blue, negative.red + 0.3);
  const Colour positive = colour_of(2, scale);
  EXPECT_GT(positive.red, positive.blue + 0.3);
  EXPECT_LT(lightness(colour_of(1, scale)), lightness(colour_of(0.5, scale)));
}

TEST(ColourMaps, GoByTheRootWhereAsked) {
  const Colour quarter = colour_of(1, {ColourMap::kSequential, 4, true});
  const Colour half = colour_of(2, {ColourMap::kSequential, 4, false});
  EXPECT_NEAR(quarter.green, half.green, 1e-9);
}

TEST(ColourMaps, AScaleOfNothingIsAllZero) {
  const Image picture = grid_picture({2, 1, {0, 0}}, {ColourMap::kSigned, 0});
  EXPECT_NEAR(picture.rgb[0], 0.969, 1e-6);
}

TEST(SignedPicture, PutsZeroAtMidGrey) {
  Image gradient(1, 1);
  gradient.rgb = {0, -2, 1};
  const Image picture = signed_picture(gradient, 2);
  EXPECT_FLOAT_EQ(picture.rgb[0], 0.5F);
  EXPECT_FLOAT_EQ(picture.rgb[1], 0);
  EXPECT_FLOAT_EQ(picture.rgb[2], 0.75F);
}

TEST(MagnitudeQuantile, LeavesTheLargestFewOut) {
  std::vector<float> values(1001);
  for (std::size_t n = 0; n < values.size(); ++n) {
    values[n] = (n % 2 == 0 ? 1.0F : -1.0F) * static_cast<float>(n);
  }
  EXPECT_EQ(magnitude_quantile(values, 0.995), 995);
  EXPECT_EQ(magnitude_quantile({0, 0}, 0.995), 1);
  std::vector<float> single(1000, 0);
  single[3] = -4;
  EXPECT_EQ(magnitude_quantile(single, 0.995), 4);
}

}  // namespace
}  // namespace impasto
