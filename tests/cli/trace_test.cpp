// The loss trace: what scripts and measurements read.
#include <cmath>

#include "cli/cli_fixture.hpp"
#include "cli/trace_rows.hpp"

namespace impasto {
namespace {

class CliTraceTest : public CliTest {
 protected:
  [[nodiscard]] std::vector<TraceRow> traced(Words options) const {
    options.insert(options.end(), {"--trace", "trace.csv"});
    done(usual_transfer(options));
    return trace_rows(bytes_of(path("trace.csv")));
  }
};

TEST_F(CliTraceTest, HasOneNumberedRowPerIteration) {
  const std::vector<TraceRow> rows = traced({"--iterations", "7"});
  ASSERT_EQ(rows.size(), 7U);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    EXPECT_EQ(rows[n].iteration, static_cast<std::int64_t>(n) + 1);
    EXPECT_EQ(rows[n].scale, 1);
  }
}

TEST_F(CliTraceTest, PartsAddUpToTheTotal) {
  for (const TraceRow& row : traced({"--iterations", "6", "--tv-weight", "3", "--content-weight",
                                     "5", "--style-weight", "0.1"})) {
    EXPECT_GT(row.tv, 0);
    EXPECT_GT(row.style, 0);
    // Total and parts are each rounded to nine digits: by 5e-9 of themselves at most.
    EXPECT_NEAR(row.content + row.style + row.tv, row.total, 1e-8 * row.total);
  }
}

TEST_F(CliTraceTest, PartsAreWeighted) {
  const Words plain{"--iterations", "1", "--init", "style"};
  const TraceRow one = traced(plain).front();
  Words weighted = plain;
  weighted.insert(weighted.end(), {"--content-weight", "4", "--style-weight", "0.5"});
  const TraceRow other = traced(weighted).front();
  EXPECT_NEAR(other.content, 4 * one.content, 1e-6 * other.content);
  EXPECT_NEAR(other.style, 0.5 * one.style, 1e-6 * one.style);
}

TEST_F(CliTraceTest, SecondsGrow) {
  const std::vector<TraceRow> rows = traced({"--iterations", "6"});
  double last = 0;
  for (const TraceRow& row : rows) {
    EXPECT_GT(row.seconds, last);
    last = row.seconds;
  }
}

TEST_F(CliTraceTest, FirstRowIsTheStartBeforeAnyUpdate) {
  const TraceRow row = traced({"--iterations", "1"}).front();
  EXPECT_EQ(row.content, 0) << "the start is the content picture itself";
}

TEST_F(CliTraceTest, NumbersHaveNineDigits) {
  EXPECT_EQ(traced({"--iterations", "3"}).size(), 3U);
  const std::string csv = bytes_of(path("trace.csv"));
  const std::regex nine(R"(,[1-9](\.?\d){8}(e[+-]\d+)?,)");
  EXPECT_TRUE(std::regex_search(csv, nine)) << csv;
}

TEST_F(CliTraceTest, ScalesShareTheIterations) {
  const std::vector<TraceRow> rows = traced({"--scales", "16,24,32", "--iterations", "10"});
  EXPECT_EQ(rows.size(), 10U);
}

TEST_F(CliTraceTest, ScalesAreCountedAndHaveTheirOwnIterations) {
  Words words =
      usual_transfer({"--scales", "16,32", "--scale-iterations", "3,4", "--trace", "trace.csv"});
  const auto iterations = std::find(words.begin(), words.end(), "--iterations");
  words.erase(iterations, iterations + 2);
  done(words);
  const std::vector<TraceRow> rows = trace_rows(bytes_of(path("trace.csv")));
  ASSERT_EQ(rows.size(), 7U);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    EXPECT_EQ(rows[n].iteration, static_cast<std::int64_t>(n) + 1);
    EXPECT_EQ(rows[n].scale, n < 3 ? 1 : 2);
  }
  EXPECT_EQ(load_image(path("out.png")).width, 32);
}

TEST_F(CliTraceTest, EveryOptimizerLowersTheLoss) {
  const std::vector<Words> optimizers{
      {"--optimizer", "adam", "--learning-rate", "2"},
      {"--optimizer", "lbfgs", "--learning-rate", "1"},
      {"--optimizer", "lbfgs", "--learning-rate", "1", "--lbfgs-line-search", "none"}};
  for (Words options : optimizers) {
    SCOPED_TRACE(::testing::PrintToString(options));
    options.insert(options.end(), {"--iterations", "30"});
    const std::vector<TraceRow> rows = traced(options);
    ASSERT_EQ(rows.size(), 30U);
    EXPECT_LT(rows.back().total, 0.8 * rows.front().total);
  }
}

TEST_F(CliTraceTest, BalanceSetsTheStyleWeight) {
  const Words options{"--iterations", "1", "--init", "gray"};
  const TraceRow plain = traced(options).front();
  Words balanced = options;
  balanced.insert(balanced.end(), {"--balance", "100"});
  Words heavier = options;
  heavier.insert(heavier.end(), {"--balance", "300"});
  const TraceRow light = traced(balanced).front();
  const TraceRow heavy = traced(heavier).front();
  EXPECT_EQ(light.content, plain.content);
  EXPECT_NE(light.style, plain.style);
  EXPECT_NEAR(heavy.style, 3 * light.style, 1e-5 * heavy.style);
}

}  // namespace
}  // namespace impasto
