// The time left knows what setting up took, and what larger scales cost.
#include "cli/time_left.hpp"

#include <gtest/gtest.h>

namespace impasto {
namespace {

TraceRow row(std::int64_t iteration, std::int64_t scale, double seconds) {
  TraceRow row;
  row.iteration = iteration;
  row.scale = scale;
  row.seconds = seconds;
  return row;
}

TEST(TimeLeft, IsUnknownAfterOneEvaluationUnlessThatWasAll) {
  TimeLeft left;
  left.note(row(1, 1, 20));
  EXPECT_FALSE(left.seconds(100));
  EXPECT_FALSE(left.seconds_per_iteration());
  EXPECT_EQ(left.seconds(1), 0);
}

TEST(TimeLeft, LeavesTheFirstEvaluationOut) {
  TimeLeft left;
  left.note(row(1, 1, 20));
  left.note(row(2, 1, 20.5));
  left.note(row(3, 1, 21));
  EXPECT_DOUBLE_EQ(left.seconds_per_iteration().value(), 0.5);
  EXPECT_DOUBLE_EQ(left.seconds(103).value(), 50);
}

TEST(TimeLeft, CountsEvaluationsOfLargerScalesByTheirPixels) {
  TimeLeft left;
  left.plan({{{10, 10}, 4}, {{20, 20}, 4}, {{40, 40}, 2}});
  left.note(row(1, 1, 5));
  left.note(row(2, 1, 6));
  EXPECT_DOUBLE_EQ(left.seconds(10).value(), 2 + 4 * 4 + 16 * 2);
  left.note(row(5, 2, 20));
  EXPECT_FALSE(left.seconds(10)) << "the second scale's first evaluation includes its setting up";
  left.note(row(6, 2, 24));
  EXPECT_DOUBLE_EQ(left.seconds(10).value(), 4 * (2 + 4 * 2));
}

TEST(TimeLeft, BeginsAnewWithTheNextRunOfAFigureAndInTheMiddleOfAResumedOne) {
  TimeLeft left;
  left.note(row(50, 1, 100));
  EXPECT_FALSE(left.seconds(100));
  left.note(row(51, 1, 101));
  EXPECT_DOUBLE_EQ(left.seconds(100).value(), 49);
  left.note(row(1, 1, 3));
  EXPECT_FALSE(left.seconds(100));
}

}  // namespace
}  // namespace impasto
