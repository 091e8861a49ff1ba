// Where values lie along an axis.
#include "report/axis.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace impasto {
namespace {

TEST(Axis, GrowsToWhatItIncludesAndPlacesItBetweenItsEnds) {
  Axis axis;
  for (const double value : {3.0, 1.0, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
    axis.include(value);
  }
  axis.from = 100;
  axis.to = 0;
  EXPECT_EQ(axis.low, 1);
  EXPECT_EQ(axis.high, 3);
  EXPECT_DOUBLE_EQ(axis.place(1), 100);
  EXPECT_DOUBLE_EQ(axis.place(2), 50);
  EXPECT_DOUBLE_EQ(axis.place(3), 0);
}

TEST(Axis, GivesEqualRatiosEqualRoomWhereItIsLogarithmic) {
  const Axis axis{true, 1, 100, 0, 2};
  EXPECT_DOUBLE_EQ(axis.place(10), 1);
  EXPECT_FALSE(axis.has(0));
  EXPECT_FALSE(axis.has(-1));
}

TEST(Placed, BreaksACurveWhereAPointHasNoPlace) {
  const Axis x{false, 0, 4, 0, 4};
  const Axis y{true, 1, 10, 0, 1};
  const auto pieces = placed({{0, 0}, {1, 1}, {2, 10}, {3, 0}, {3, -1}, {4, 1}, {4, 0}}, x, y);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].size(), 2U);
  EXPECT_DOUBLE_EQ(pieces[0][1].y, 1);
  EXPECT_DOUBLE_EQ(pieces[1].at(0).x, 4);
  EXPECT_TRUE(placed({{1, 0}}, x, y).empty());
}

}  // namespace
}  // namespace impasto
