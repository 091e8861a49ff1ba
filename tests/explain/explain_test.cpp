// What a report says of a run is that run, on every backend.
#include "explain/explain.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "explain/explained_run.hpp"
#include "explain/host_map.hpp"
#include "impasto/error.hpp"
#include "support/backends.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

class Explain : public testing::TestWithParam<BackendUnderTest> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
  ExplainedRun run_;

  /// Float backends round every gradient; the double one rounds only where pictures are kept.
  [[nodiscard]] double tolerance() const { return std::max(1e-5, GetParam().tolerance); }
};

TEST_P(Explain, IsTheVeryTransfer) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    run_.options = every_loss_options(optimizer, 6);
    const ExplainedTransfer explained = run_.on(*backend_);
    TransferObserver silent;
    const TransferResult plain =
        transfer_on(*backend_, run_.content, {run_.style}, run_.weights, run_.options, silent);
    EXPECT_EQ(explained.result.picture.rgb, plain.picture.rgb);
    ASSERT_EQ(explained.explanation.trace.size(), plain.trace.size());
    for (std::size_t n = 0; n < plain.trace.size(); ++n) {
      EXPECT_EQ(explained.explanation.trace[n].total, plain.trace[n].total) << n;
    }
    EXPECT_EQ(explained.explanation.moments.back().picture.rgb, plain.picture.rgb);
  }
}

TEST_P(Explain, AWorkedPixelsSumIsTheBackendsGradient) {
  const Explanation explanation = run_.on(*backend_).explanation;
  ASSERT_EQ(explanation.pixels.size(), 4U);
  double largest = 0;
  for (const float g : explanation.gradient.rgb) {
    largest = std::max(largest, static_cast<double>(std::abs(g)));
  }
  for (const WorkedPixel& pixel : explanation.pixels) {
    for (std::int64_t c = 0; c < 3; ++c) {
      const WorkedChannel& channel = pixel.channel(c);
      EXPECT_EQ(channel.backend, at(explanation.gradient, c, pixel.x, pixel.y));
      EXPECT_NEAR(channel.sum + channel.tv, channel.backend, 1e-5 * largest);
      EXPECT_NE(channel.tv, 0);
      EXPECT_NEAR(channel.numeric, channel.backend, 2e-4 * largest);
    }
  }
}

TEST_P(Explain, TheLossesSharesAddUpToTheGradient) {
  const Explanation explanation = run_.on(*backend_).explanation;
  ASSERT_EQ(explanation.compared, 1U);       // of the stops 1, 2 and 6
  ASSERT_EQ(explanation.shares.size(), 5U);  // 1 content, 3 style, total variation
  double sum = 0;
  double value = 0;
  std::vector<float> gradient(explanation.gradient.rgb.size());
  for (const LossShare& share : explanation.shares) {
    ASSERT_EQ(share.at.size(), explanation.stops.size());
    const ShareAt& compared = share.at[explanation.compared];
    sum += compared.share;
    value += compared.value;
    EXPECT_NEAR(compared.norm, norm(share.gradient.rgb), 1e-6 * compared.norm);
    for (std::size_t n = 0; n < gradient.size(); ++n) {
      gradient[n] += share.gradient.rgb[n];
    }
  }
  EXPECT_NEAR(sum, 1, 10 * tolerance());
  EXPECT_NEAR(value, explanation.trace[1].total, 10 * tolerance() * value);
  for (std::size_t n = 0; n < gradient.size(); ++n) {
    gradient[n] -= explanation.compared_gradient.rgb[n];
  }
  EXPECT_LE(norm(gradient), 10 * tolerance() * norm(explanation.compared_gradient.rgb));
}

TEST_P(Explain, TheSharesMoveWithTheRunsLosses) {
  const Explanation explanation = run_.on(*backend_).explanation;
  for (std::size_t stop = 0; stop < explanation.stops.size(); ++stop) {
    double sum = 0;
    double value = 0;
    for (const LossShare& share : explanation.shares) {
      sum += share.at[stop].share;
      value += share.at[stop].value;
    }
    const auto row = static_cast<std::size_t>(explanation.stops[stop] - 1);
    EXPECT_NEAR(sum, 1, 10 * tolerance()) << stop;
    EXPECT_NEAR(value, explanation.trace[row].total, 10 * tolerance() * value) << stop;
  }
}

TEST_P(Explain, StationsTellWhatArrivesAndWhatJoins) {
  const Explanation explanation = run_.on(*backend_).explanation;
  ASSERT_EQ(explanation.stops, (std::vector<std::int64_t>{1, 2, 6}));
  ASSERT_EQ(explanation.stations.size(), 7U);  // to relu2_1
  EXPECT_NEAR(explanation.pixel_norm.back(), norm(explanation.gradient.rgb),
              10 * tolerance() * explanation.pixel_norm.back());
  for (const Station& station : explanation.stations) {
    ASSERT_EQ(station.gradients.size(), 3U) << station.tap;
    for (const StationGradient& gradient : station.gradients) {
      const bool joins = station.content_tap || station.style_tap;
      EXPECT_EQ(gradient.joining > 0, joins) << station.tap;
      EXPECT_GT(gradient.leaving, 0) << station.tap;
      // The triangle inequality, and equality where nothing joins.
      EXPECT_LE(gradient.leaving, (gradient.arriving + gradient.joining) * (1 + 1e-6));
      if (!joins) {
        EXPECT_EQ(gradient.leaving, gradient.arriving);
      }
    }
  }
  EXPECT_EQ(explanation.stations.back().gradients[0].arriving, 0);
  // ReLU's backward only takes away: what leaves relu2_1 is at least what arrives at conv2_1.
  EXPECT_LE(explanation.stations[5].gradients[2].arriving,
            explanation.stations[6].gradients[2].leaving);
}

TEST_P(Explain, GramMatricesAndTheirLossesAreTheRuns) {
  const Explanation explanation = run_.on(*backend_).explanation;
  ASSERT_EQ(explanation.grams.size(), 3U);
  for (std::size_t stop = 0; stop < explanation.stops.size(); ++stop) {
    double style = 0;
    for (const GramView& view : explanation.grams) {
      style += view.at[stop].loss;
      EXPECT_EQ(view.at[stop].gram.values.size(), view.shown.size() * view.shown.size());
      for (std::size_t n = 0; n < view.target.values.size(); ++n) {
        EXPECT_FLOAT_EQ(view.at[stop].difference.values[n],
                        view.at[stop].gram.values[n] - view.target.values[n]);
      }
    }
    const auto row = static_cast<std::size_t>(explanation.stops[stop] - 1);
    EXPECT_NEAR(style, explanation.trace[row].style, 10 * tolerance() * style);
  }
}

TEST_P(Explain, PoolingRoutesOneWindowTwoWays) {
  const Explanation explanation = run_.on(*backend_).explanation;
  ASSERT_TRUE(explanation.pool);
  const PoolWindow& window = *explanation.pool;
  EXPECT_EQ(window.tap, "pool1");
  EXPECT_NE(window.dy, 0);
  int first_maximum = 0;
  for (int n = 1; n < 4; ++n) {
    first_maximum = window.input[n] > window.input[first_maximum] ? n : first_maximum;
  }
  for (int n = 0; n < 4; ++n) {
    EXPECT_EQ(window.dmax[n], n == first_maximum ? window.dy : 0);
    EXPECT_EQ(window.daverage[n], window.dy / 4);
  }
}

TEST_P(Explain, AdamsMomentsByTheFormulaMakeTheRunsSteps) {
  const Explanation explanation = run_.on(*backend_).explanation;
  ASSERT_EQ(explanation.optimizer.adam.size(), 6U);
  // float32 moments and pixels around 1.
  EXPECT_LE(explanation.optimizer.adam_deviation, 1e-5);
  EXPECT_GT(std::abs(explanation.optimizer.adam.front().step), 0.04);
}

TEST_P(Explain, LbfgsCurvatureIsThatOfItsPairs) {
  run_.options = every_loss_options(OptimizerKind::kLbfgs, 8);
  const OptimizerView view = run_.on(*backend_).explanation.optimizer;
  ASSERT_FALSE(view.pairs.empty());
  for (const CurvaturePair& pair : view.pairs) {
    EXPECT_GT(pair.curvature, 0);
    // Cauchy and Schwarz: yᵀs ≤ ‖y‖ ‖s‖.
    EXPECT_LE(pair.curvature, pair.y_norm / pair.s_norm * (1 + 1e-6));
    EXPECT_NEAR(pair.scale * pair.y_norm * pair.y_norm, pair.curvature * pair.s_norm * pair.s_norm,
                1e-6 * pair.curvature * pair.s_norm * pair.s_norm);
  }
}

TEST_P(Explain, AlternativesAreOtherGradientsOfTheSamePicture) {
  const Explanation explanation = run_.on(*backend_).explanation;
  ASSERT_EQ(explanation.alternatives.size(), 2U);
  EXPECT_EQ(explanation.alternatives[0].name, "style taps relu1_1, conv1_1, conv2_1");
  EXPECT_EQ(explanation.alternatives[1].name, "average pooling");
  EXPECT_EQ(explanation.alternatives[1].instead_of, "max pooling");
  for (const Alternative& other : explanation.alternatives) {
    ASSERT_EQ(other.at.size(), explanation.stops.size());
    for (const AlternativeAt& at : other.at) {
      EXPECT_GT(at.norm, 0);
      EXPECT_GT(at.cosine, -1);
      EXPECT_LT(at.cosine, 0.9999) << other.name;
    }
    const AlternativeAt& compared = other.at[explanation.compared];
    EXPECT_NEAR(compared.norm, norm(other.gradient.rgb), 1e-6 * compared.norm);
    EXPECT_NEAR(compared.cosine,
                std::inner_product(other.gradient.rgb.begin(), other.gradient.rgb.end(),
                                   explanation.compared_gradient.rgb.begin(), 0.0) /
                    (compared.norm * norm(explanation.compared_gradient.rgb)),
                1e-5);
  }
}

TEST_P(Explain, AStrongerStyleWeightGivesStyleALargerShare) {
  const Explanation explanation = run_.on(*backend_).explanation;
  ASSERT_EQ(explanation.weight_choices.size(), 5U);
  double style = 0;
  for (const LossShare& share : explanation.shares) {
    style += share.name.starts_with("style") ? share.at[explanation.compared].share : 0;
  }
  EXPECT_EQ(explanation.weight_choices[2].factor, 1);
  EXPECT_NEAR(explanation.weight_choices[2].style, style, 1e-3);
  EXPECT_LT(explanation.weight_choices[0].style, explanation.weight_choices[2].style);
}

TEST_P(Explain, ARunOfOneEvaluationIsExplained) {
  run_.options.iterations = 1;
  const Explanation explanation = run_.on(*backend_).explanation;
  EXPECT_EQ(explanation.stops, (std::vector<std::int64_t>{1}));
  ASSERT_EQ(explanation.moments.size(), 2U);
  EXPECT_EQ(explanation.moments.back().updates, 1);
}

INSTANTIATE_TEST_SUITE_P(Backends, Explain, testing::ValuesIn(backends_under_test()),
                         [](const auto& test) { return backend_test_name(test.param); });

TEST(ExplainRefuses, SeveralScalesAndPixelsAtTheBorder) {
  const std::unique_ptr<Backend> backend = backends_under_test().front().make();
  ExplainedRun run;
  run.options.scales = {12, 23};
  EXPECT_THROW(run.on(*backend), UsageError);
  run.options.scales.clear();
  run.request.pixel = {1, 8};
  EXPECT_THROW(run.on(*backend), UsageError);
  run.request.pixel = {2, 8};
  EXPECT_EQ(run.on(*backend).explanation.pixels.front().x, 2);
  EXPECT_EQ(run.on(*backend).explanation.pixels.size(), 5U);
}

/// Asks to stop after some evaluations.
class Stopper : public TransferObserver {
 public:
  void on_evaluation(const TraceRow& row, std::int64_t) override { done_ = row.iteration; }
  bool stop_requested() override { return done_ >= 3; }

 private:
  std::int64_t done_ = 0;
};

TEST(ExplainInterrupted, ExplainsWhatWasRun) {
  const std::unique_ptr<Backend> backend = backends_under_test().front().make();
  ExplainedRun run;
  Stopper stopper;
  const ExplainedTransfer explained = explain_on(*backend, run.content, {run.style}, run.weights,
                                                 run.options, run.request, stopper);
  EXPECT_EQ(explained.result.outcome, Outcome::kInterrupted);
  EXPECT_EQ(explained.explanation.stops.back(), 3);
  EXPECT_EQ(explained.explanation.trace.size(), 3U);
}

TEST(ExplainOnlyStyle, HasNoWeightChoices) {
  const std::unique_ptr<Backend> backend = backends_under_test().front().make();
  ExplainedRun run;
  run.options.content_weight = 0;
  run.options.tv_weight = 0;
  const Explanation explanation = run.on(*backend).explanation;
  EXPECT_EQ(explanation.shares.size(), 3U);
  EXPECT_TRUE(explanation.weight_choices.empty());
}

}  // namespace
}  // namespace impasto
