// Taps, losses, pixel gradients and loss traces against PyTorch in float64:
// tools/reference/golden.py wrote the values.
#include <gtest/gtest.h>

#include <cmath>

#include "optim/optimizer.hpp"
#include "support/backends.hpp"
#include "support/paths.hpp"
#include "transfer/golden_case.hpp"
#include "transfer/walk_objective.hpp"

namespace impasto {
namespace {

HostValues every(const HostValues& values, std::int64_t stride) {
  HostValues kept;
  for (std::size_t n = 0; n < values.size(); n += static_cast<std::size_t>(stride)) {
    kept.push_back(values[n]);
  }
  return kept;
}

class Golden : public testing::TestWithParam<BackendUnderTest> {
 protected:
  GoldenFile golden_ = GoldenFile::open(test_data() + "/golden_network.h5");
  std::unique_ptr<Backend> backend_ = GetParam().make();

  [[nodiscard]] bool is_double() const { return backend_->pixel_type() == ElementType::kFloat64; }
  [[nodiscard]] static bool is_coarse() { return GetParam().is_coarse(); }
  /// Pictures reach the style targets as float32, so even the double backend differs in the seventh
  /// digit.
  [[nodiscard]] static double tolerance() { return GetParam().network_tolerance; }
  /// Of gradients: ReLUs and maxima that coarse rounding decides otherwise, layer upon layer, send
  /// parts of it elsewhere. A wrong mask or filter is wrong by about its whole length.
  [[nodiscard]] static double gradient_tolerance() { return GetParam().gradient_tolerance; }
  /// Of a trace: differences grow with every update.
  [[nodiscard]] static double trace_tolerance() { return is_coarse() ? 8 * tolerance() : 1e-4; }
};

TEST_P(Golden, TapsHoldTheFeaturesThatPyTorchComputes) {
  const NetworkWeights weights = golden_weights(golden_);
  PreparedNetwork prepared(*backend_, weights);
  int checked = 0;
  for (const std::string& group : golden_.groups("taps")) {
    const std::string path = "taps/" + group;
    const TransferOptions options = golden_options(golden_, path);
    for (const std::string& tap : golden_.datasets(path)) {
      WalkOptions walk;
      walk.picture = golden_shape(golden_, "content");
      walk.taps = {find_tap(prepared.layers(), tap)};
      walk.pooling = options.pooling;
      walk.padding = options.padding;
      walk.backward = false;
      Network network(prepared, walk);
      const OwnedTensor picture(*backend_, walk.picture, Layout::kPlain,
                                golden_picture(golden_, "content"));
      network.forward(picture.get());
      const Tensor feature = network.tap(0);
      HostValues values(static_cast<std::size_t>(feature.elements()));
      backend_->download(feature, std::span<double>(values));
      const std::string dataset = path + "/" + tap;
      EXPECT_LE(relative_error(every(values, golden_.stride(dataset)), golden_.values(dataset)),
                is_coarse() ? tolerance() : GetParam().tolerance)
          << dataset;
      ++checked;
    }
  }
  EXPECT_EQ(checked, 14);
}

TEST_P(Golden, LossesAndPixelGradientsAgreeInEveryForm) {
  const std::vector<std::string> cases = golden_.groups("cases");
  EXPECT_EQ(cases.size(), 23U);
  for (const std::string& name : cases) {
    const std::string group = "cases/" + name;
    if (name == "tv_only") {
      continue;  // has no taps to walk to; tested below
    }
    GoldenCase golden_case(golden_, group, *backend_);
    const OwnedTensor gradient(*backend_, golden_case.start().shape, Layout::kPlain);
    const LossValues values = golden_case.walk().evaluate(golden_case.start(), gradient.get());
    const double total = golden_.values(group + "/total")[0];
    EXPECT_NEAR(values.total(), total, tolerance() * total) << name;
    EXPECT_NEAR(values.content, golden_.values(group + "/content")[0], tolerance() * total) << name;
    EXPECT_NEAR(values.style, golden_.values(group + "/style")[0], tolerance() * total) << name;
    EXPECT_NEAR(values.tv, golden_.values(group + "/tv")[0], tolerance() * total) << name;
    EXPECT_LE(
        relative_error(every(gradient.download(*backend_), golden_.stride(group + "/gradient")),
                       golden_.values(group + "/gradient")),
        gradient_tolerance())
        << name;
  }
}

TEST_P(Golden, TotalVariationAloneAgrees) {
  const std::string group = "cases/tv_only";
  const Shape shape = golden_shape(golden_, "noise");
  const OwnedTensor x(*backend_, shape, Layout::kPlain, golden_picture(golden_, "noise"));
  const OwnedTensor dx(*backend_, shape, Layout::kPlain);
  const auto memory = backend_->allocate(sizeof(double));
  const Scalar slot{reinterpret_cast<double*>(memory->data())};
  backend_->total_variation(golden_.number(group, "tv_weight"), x.get(), slot, dx.get());
  double value = 0;
  backend_->read_scalars(slot, {&value, 1});
  const double expected = golden_.values(group + "/tv")[0];
  EXPECT_NEAR(value, expected, tolerance() * expected);
  EXPECT_LE(relative_error(every(dx.download(*backend_), golden_.stride(group + "/gradient")),
                           golden_.values(group + "/gradient")),
            tolerance());
}

TEST_P(Golden, LossTracesFollowPyTorchsOptimisers) {
  const std::vector<std::string> traces = golden_.groups("traces");
  EXPECT_EQ(traces.size(), 9U);
  for (const std::string& name : traces) {
    // In float32 this trace's line search may take another branch, which says nothing about
    // correctness.
    if (name == "wolfe_average_content" && !is_double()) {
      continue;
    }
    const std::string group = "traces/" + name;
    GoldenCase golden_case(golden_, group, *backend_);
    const TransferOptions& options = golden_case.options();
    RunState run;
    TransferObserver silent;
    const Tensor x = golden_case.start();
    WalkObjective objective(*backend_, golden_case.walk(), x.shape, options.iterations, 1, run,
                            silent, {});
    std::optional<PixelBounds> bounds;
    if (options.clamp) {
      const HostValues mean{0.485F, 0.456F, 0.406F};
      const HostValues std{0.229F, 0.224F, 0.225F};
      bounds.emplace();
      for (std::size_t c = 0; c < 3; ++c) {
        bounds->low[c] = -mean[c] / std[c];
        bounds->high[c] = (1 - mean[c]) / std[c];
      }
    }
    make_optimizer(*backend_, x.shape, options, bounds)->minimise(objective, x);
    const HostValues totals = golden_.values(group + "/total");
    ASSERT_EQ(run.trace.size(), totals.size()) << name;
    // Without a search, L-BFGS is chaotic: float32's roundings grow tenfold with every evaluation.
    // In fewer digits a search may take another branch, too.
    const bool lbfgs = options.optimizer == OptimizerKind::kLbfgs;
    const bool chaotic =
        !is_double() && lbfgs && (is_coarse() || options.line_search == LineSearch::kNone);
    const std::size_t compared =
        chaotic ? std::min<std::size_t>(is_coarse() ? 1 : 5, totals.size()) : totals.size();
    for (std::size_t n = 0; n < compared; ++n) {
      EXPECT_NEAR(run.trace[n].total, totals[n], trace_tolerance() * totals[n])
          << name << " at " << n + 1;
      EXPECT_NEAR(run.trace[n].style, golden_.values(group + "/style")[n],
                  trace_tolerance() * totals[n])
          << name;
    }
    // Adam goes a whole step where rounding decides the sign of a gradient near 0.
    if (golden_.text(group, "image_is") == "updated" && !chaotic && !is_coarse()) {
      HostValues image(static_cast<std::size_t>(x.elements()));
      backend_->download(x, std::span<double>(image));
      EXPECT_LE(relative_error(every(image, golden_.stride(group + "/image")),
                               golden_.values(group + "/image")),
                is_double() ? 1e-6 : 3e-4)
          << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Golden, testing::ValuesIn(every_way_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

}  // namespace
}  // namespace impasto
