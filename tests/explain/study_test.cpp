// The studies beside a run, through the parts that a run hands them.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "backend/forwarding_backend.hpp"
#include "backend/reference/reference_backend.hpp"
#include "explain/explained_run.hpp"
#include "explain/host_map.hpp"
#include "explain/loss_change.hpp"
#include "explain/probe_walk.hpp"
#include "explain/stations.hpp"
#include "support/backends.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

/// Hands a run's parts and record to a test.
void with_parts(Backend& backend, const ExplainedRun& run, const RunStudy& study) {
  TransferObserver silent;
  Watch watch(run.options.iterations, std::nullopt, study);
  transfer_on(backend, run.content, {run.style}, run.weights, run.options, silent, nullptr, nullptr,
              &watch);
}

/// Counts this process's threads whenever something is downloaded.
class ThreadCountingBackend final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  void download(const Tensor& x, std::span<float> values) override {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    most = std::max(most, std::distance(begin(tasks), end(tasks)));
    ForwardingBackend::download(x, values);
  }
  std::ptrdiff_t most = 0;
};

TEST(StudyThreads, AreAsManyAsTheRunsOptionsSay) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer starts threads of its own";
#endif
  const std::unique_ptr<Backend> backend = make_reference_backend<float>();
  ThreadCountingBackend counting(*backend);
  ExplainedRun run;
  with_parts(counting, run, [&](const ScaleParts& parts, const WatchedRun& record) {
    const auto most_with = [&](int threads) {
      counting.most = 0;
      loss_changes(parts, record.stops.back().x, {{7, 6, 0, 0.5}}, threads);
      return counting.most;
    };
    const std::ptrdiff_t alone = most_with(1);
    EXPECT_EQ(most_with(4), alone + 3);
  });
}

class Study : public testing::TestWithParam<BackendUnderTest> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
  ExplainedRun run_;
};

TEST_P(Study, AProbeWalkWithTheRunsChoicesGivesTheRunsGradient) {
  with_parts(*backend_, run_, [&](const ScaleParts& parts, const WatchedRun& record) {
    Image dx;
    ProbeWalk(parts, choices_of(parts)).evaluate(record.stops.back().x, dx);
    std::vector<float> difference = dx.rgb;
    for (std::size_t n = 0; n < difference.size(); ++n) {
      difference[n] -= record.stops.back().dx.rgb[n];
    }
    EXPECT_LE(norm(difference), 10 * std::max(1e-6, GetParam().tolerance) * norm(dx.rgb));
  });
}

TEST_P(Study, AFollowedChangeIsThatOfTheLosses) {
  for (const Padding padding : {Padding::kZero, Padding::kReflect, Padding::kReplicate}) {
    for (const Pooling pooling : {Pooling::kMax, Pooling::kAverage}) {
      run_.options.padding = padding;
      run_.options.pooling = pooling;
      with_parts(*backend_, run_, [&](const ScaleParts& parts, const WatchedRun& record) {
        const Image& x = record.stops.back().x;
        // Large steps, so that ReLUs change sides; corners, where padding matters.
        const std::vector<PixelChange> changes{{7, 6, 0, 0.5}, {0, 0, 1, -0.75}, {15, 13, 2, 0.5}};
        const std::vector<double> followed = loss_changes(parts, x, changes, 0);
        ProbeWalk walk(parts, choices_of(parts));
        Image unused;
        const double before = walk.evaluate(x, unused).total();
        for (std::size_t n = 0; n < changes.size(); ++n) {
          Image moved = x;
          const std::int64_t index = (changes[n].channel * 14 + changes[n].y) * 16 + changes[n].x;
          moved.rgb[static_cast<std::size_t>(index)] += static_cast<float>(changes[n].h);
          const double after = walk.evaluate(moved, unused).total();
          // The plain difference has the rounding of both losses.
          EXPECT_NEAR(followed[n], after - before,
                      10 * std::max(1e-7, GetParam().tolerance) * before)
              << n;
          EXPECT_GT(std::abs(after - before), 1e-4 * before) << n;
        }
      });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Study, testing::ValuesIn(backends_under_test()),
                         [](const auto& test) { return backend_test_name(test.param); });

TEST(LayersAsRun, KnowWhatAPositionSees) {
  const std::unique_ptr<Backend> backend = backends_under_test().front().make();
  ExplainedRun run;
  run.weights = small_network({{4, 4}, {4, 4}, {4}}, 1);
  run.options.iterations = 1;
  run.options.style_layers = {{"relu3_1"}};
  with_parts(*backend, run, [&](const ScaleParts& parts, const WatchedRun&) {
    const std::vector<Station> stations = layers_as_run(parts);
    ASSERT_EQ(stations.size(), 12U);
    // VGG's: 3, 5 | 6 | 10, 14 | 16 | 24, with strides 1, 2, 4.
    const std::vector<std::int64_t> fields{3, 3, 5, 5, 6, 10, 10, 14, 14, 16, 24, 24};
    for (std::size_t n = 0; n < fields.size(); ++n) {
      EXPECT_EQ(stations[n].receptive_field, fields[n]) << stations[n].tap;
    }
    EXPECT_EQ(stations.back().stride, 4);
    EXPECT_EQ(stations.back().shape, (Shape{4, 3, 4}));  // 14 x 16 halved twice
    EXPECT_DOUBLE_EQ(stations.front().mflop, 18e-6 * 3 * 4 * 14 * 16);
    EXPECT_EQ(stations[1].mflop, 0);
    EXPECT_TRUE(stations.back().style_tap);
    EXPECT_TRUE(stations[6].content_tap);
    EXPECT_FALSE(stations[0].style_tap);
  });
}

}  // namespace
}  // namespace impasto
