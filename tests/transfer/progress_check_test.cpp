// Runs that get nowhere, and the loss's absolute size.
#include "transfer/progress_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Warnings : TransferObserver {
  std::vector<std::string> messages;
  void on_warning(const std::string& message) override { messages.push_back(message); }
};

class LossUnit : public testing::TestWithParam<BackendUnderTest> {
 protected:
  /// every_loss_options with all weights times `unit`.
  static TransferOptions in_unit(OptimizerKind optimizer, double unit) {
    TransferOptions options = every_loss_options(optimizer, 20);
    options.content_weight *= unit;
    options.style_weight *= unit;
    options.tv_weight *= unit;
    return options;
  }
  TransferResult run(const TransferOptions& options) {
    warnings_.messages.clear();
    return transfer_on(*backend_, test_picture(23, 17, 1), {test_picture(19, 21, 2)}, weights_,
                       options, warnings_);
  }

  std::unique_ptr<Backend> backend_ = GetParam().make();
  NetworkWeights weights_ = small_network({{4, 4}, {6, 6}}, 1);
  Warnings warnings_;
};

TEST_P(LossUnit, DoesNotChangeWhatStrongWolfeDoes) {
  const TransferResult expected = run(in_unit(OptimizerKind::kLbfgs, 1));
  EXPECT_LT(expected.trace.back().total, 0.9 * expected.trace.front().total);
  // Powers of two round nothing.
  for (const double unit : {std::ldexp(1.0, -40), std::ldexp(1.0, -20), std::ldexp(1.0, 40)}) {
    const TransferResult result = run(in_unit(OptimizerKind::kLbfgs, unit));
    EXPECT_THAT(warnings_.messages, IsEmpty());
    ASSERT_EQ(result.trace.size(), expected.trace.size()) << unit;
    for (std::size_t n = 0; n < expected.trace.size(); ++n) {
      EXPECT_NEAR(result.trace[n].total / unit, expected.trace[n].total,
                  1e-6 * expected.trace[n].total)
          << unit << " at " << n + 1;
    }
  }
  for (const double unit : {1e-12, 1e-6, 1e6, 1e12}) {
    const TransferResult result = run(in_unit(OptimizerKind::kLbfgs, unit));
    EXPECT_THAT(warnings_.messages, IsEmpty());
    ASSERT_EQ(result.trace.size(), expected.trace.size()) << unit;
    EXPECT_NEAR(result.trace.back().total / unit, expected.trace.back().total,
                0.02 * expected.trace.back().total)
        << unit;
  }
}

TEST_P(LossUnit, SoSmallThatAdamsEpsilonOutweighsTheGradientIsWarnedOf) {
  run(in_unit(OptimizerKind::kAdam, 1));
  EXPECT_THAT(warnings_.messages, IsEmpty());
  run(in_unit(OptimizerKind::kAdam, 1e-12));
  ASSERT_FALSE(warnings_.messages.empty());
  EXPECT_THAT(warnings_.messages.front(), HasSubstr("epsilon of 1e-08"));
  EXPECT_THAT(warnings_.messages.front(), HasSubstr("--adam-epsilon"));
}

TEST_P(LossUnit, SoSmallThatTorchsStepsMoveNothingIsWarnedOf) {
  TransferOptions options = in_unit(OptimizerKind::kLbfgs, 1e-12);
  options.line_search = LineSearch::kNone;
  const TransferResult result = run(options);
  EXPECT_EQ(result.trace.size(), 20U) << "parity with torch: no tolerance ends it";
  ASSERT_EQ(warnings_.messages.size(), 1U);
  EXPECT_THAT(warnings_.messages.front(), HasSubstr("20 of 20 evaluations"));
  EXPECT_THAT(warnings_.messages.front(), HasSubstr("--lbfgs-line-search strong-wolfe"));
}

TEST_P(LossUnit, SoLargeThatAdamsSecondMomentOverflowsIsWarnedOfOnce) {
  run(in_unit(OptimizerKind::kAdam, 1e30));
  ASSERT_EQ(warnings_.messages.size(), 1U) << "and not told to raise the learning rate";
  EXPECT_THAT(warnings_.messages.front(), HasSubstr("lower the loss weights"));
}

TEST_P(LossUnit, ARunAwayKeepsThePictureThatItBeganWithAndHasDiverged) {
  TransferOptions options = in_unit(OptimizerKind::kAdam, 1);
  options.init = InitialImage::kContent;
  options.learning_rate = 1000;
  for (const bool clamp : {false, true}) {
    options.clamp = clamp;
    const TransferResult result = run(options);
    EXPECT_EQ(result.outcome, Outcome::kDiverged) << clamp;
    EXPECT_THAT(result.stop_reason, HasSubstr("the loss rose from"));
    const Image content = resize(test_picture(23, 17, 1), 23, 17);
    for (std::size_t n = 0; n < content.rgb.size(); ++n) {
      ASSERT_NEAR(result.picture.rgb[n], content.rgb[n], 1e-5) << clamp << " " << n;
    }
  }
}

TEST_P(LossUnit, ARunWithNothingToGainIsWarnedOf) {
  TransferOptions options = in_unit(OptimizerKind::kLbfgs, 1);
  options.style_weight = 0;
  options.tv_weight = 0;
  options.init = InitialImage::kContent;
  const TransferResult result = run(options);  // from the content, which is the optimum
  EXPECT_EQ(result.trace.size(), 1U);
  ASSERT_EQ(warnings_.messages.size(), 1U);
  EXPECT_THAT(warnings_.messages.front(), HasSubstr("1 of 20 evaluations"));
  EXPECT_THAT(warnings_.messages.front(), HasSubstr("the gradient is zero"));
}

INSTANTIATE_TEST_SUITE_P(Backends, LossUnit, testing::ValuesIn(backends_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

std::vector<TraceRow> rows(const std::vector<double>& losses) {
  std::vector<TraceRow> trace;
  for (const double loss : losses) {
    trace.push_back({static_cast<std::int64_t>(trace.size()) + 1, 1, loss, loss, 0, 0, 0});
  }
  return trace;
}

TEST(RunawayLoss, IsOneThatRoseTenfoldAndNeverFell) {
  const auto of_losses = [](double second, double last, std::size_t count) {
    std::vector<double> losses(count, 20);
    losses.front() = 5;
    losses.at(1) = second;
    losses.back() = last;
    return rows(losses);
  };
  EXPECT_TRUE(runaway_loss(of_losses(20, 51, 10)));
  EXPECT_FALSE(runaway_loss(of_losses(20, 49, 10)));
  EXPECT_FALSE(runaway_loss(of_losses(4, 500, 10))) << "it fell before";
  EXPECT_FALSE(runaway_loss(of_losses(20, 500, 9))) << "too short to be judged";
  EXPECT_FALSE(runaway_loss({}));
}

TEST(NoProgress, IsSaidOfRunsThatStayWhereTheyWereAndOfRunsThatOnlyRose) {
  TransferOptions options;
  options.optimizer = OptimizerKind::kAdam;
  const std::vector<TraceRow> flat = rows(std::vector<double>(12, 5.0));
  ASSERT_TRUE(no_progress(options, flat, 12, ""));
  EXPECT_THAT(*no_progress(options, flat, 12, ""), HasSubstr("12 of 12"));
  std::vector<double> rising(12, 9.0);
  rising.front() = 5;
  EXPECT_THAT(*no_progress(options, rows(rising), 12, ""), HasSubstr("never fell below"));
  EXPECT_THAT(*no_progress(options, rows(rising), 12, ""), HasSubstr("give the style more weight"));
  std::vector<TraceRow> style_rises = rows(rising);
  std::swap(style_rises.back().content, style_rises.back().style);
  EXPECT_THAT(*no_progress(options, style_rises, 12, ""), Not(HasSubstr("more weight")));
  std::vector<double> falling(12, 4.0);
  falling.front() = 5;
  EXPECT_FALSE(no_progress(options, rows(falling), 12, ""));
  EXPECT_FALSE(no_progress(options, rows({5, 5, 5}), 3, "")) << "too short to be judged";
  EXPECT_TRUE(no_progress(options, rows({5, 5, 5}), 200, "it converged"));
}

}  // namespace
}  // namespace impasto
