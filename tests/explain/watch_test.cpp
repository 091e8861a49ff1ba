// Which evaluations and pixels of a run are looked at.
#include "explain/watch.hpp"

#include <gtest/gtest.h>

#include "explain/host_map.hpp"

namespace impasto {
namespace {

TEST(Moments, GrowByOneTwoFive) {
  EXPECT_EQ(moments_of(100), (std::vector<std::int64_t>{0, 1, 2, 5, 10, 20, 50}));
  EXPECT_EQ(moments_of(101), (std::vector<std::int64_t>{0, 1, 2, 5, 10, 20, 50, 100}));
  EXPECT_EQ(moments_of(1), (std::vector<std::int64_t>{0}));
}

TEST(Stops, AreTheFirstAndAnEarlyOne) {
  EXPECT_EQ(stops_of(500), (std::vector<std::int64_t>{1, 6}));
  EXPECT_EQ(stops_of(100), (std::vector<std::int64_t>{1, 6}));
  EXPECT_EQ(stops_of(12), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(stops_of(2), (std::vector<std::int64_t>{1}));
}

TEST(ChoosePixels, TakesTheStrongestOfEachQuarterAwayFromTheBorder) {
  Image dx(12, 10);
  const auto set = [&](std::int64_t c, std::int64_t x, std::int64_t y, float value) {
    dx.rgb[static_cast<std::size_t>((c * 10 + y) * 12 + x)] = value;
  };
  set(0, 0, 0, 9);  // too near the border
  set(1, 3, 2, -2);
  set(2, 8, 4, 1);
  set(0, 2, 7, 1);
  set(0, 9, 5, 1);
  set(1, 7, 6, 1);
  set(2, 7, 6, 1);  // two channels together
  const std::vector<WorkedPixel> pixels = choose_pixels(dx, std::pair{5, 5});
  ASSERT_EQ(pixels.size(), 5U);
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{
      {5, 5}, {3, 2}, {8, 4}, {2, 7}, {7, 6}};
  for (std::size_t n = 0; n < expected.size(); ++n) {
    EXPECT_EQ(std::pair(pixels[n].x, pixels[n].y), expected[n]) << n;
  }
}

TEST(ChoosePixels, FindsNoneInAPictureThatIsAllBorder) {
  EXPECT_TRUE(choose_pixels(Image(4, 4), std::nullopt).empty());
}

}  // namespace
}  // namespace impasto
