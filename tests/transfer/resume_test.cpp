// A run that is interrupted, kept in a file and resumed is the run that was not interrupted: at
// every evaluation, whatever optimises.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "impasto/error.hpp"
#include "support/backends.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

TransferOptions base_options() {
  TransferOptions options = preset("gatys");
  options.size = 0;
  options.content_layers = {{"relu2_1"}};
  options.style_layers = {{"relu1_1"}, {"relu2_1"}};
  options.iterations = 12;
  return options;
}

TransferOptions adam_options() {
  TransferOptions options = base_options();
  options.optimizer = OptimizerKind::kAdam;
  options.learning_rate = 0.05;
  return options;
}

TransferOptions lbfgs_options(LineSearch line_search, double learning_rate) {
  TransferOptions options = base_options();
  options.optimizer = OptimizerKind::kLbfgs;
  options.line_search = line_search;
  options.learning_rate = learning_rate;
  return options;
}

/// Two scales with a balance of their own, pixels clamped.
TransferOptions with_everything(TransferOptions options) {
  options.scales = {10, 15};
  options.scale_iterations = {6, 7};
  options.balance = 3;
  options.clamp = true;
  options.init = InitialImage::kNoise;
  return options;
}

std::map<std::string, TransferOptions> every_run() {
  const std::map<std::string, TransferOptions> plain{
      {"adam", adam_options()},
      {"lbfgs", lbfgs_options(LineSearch::kNone, 1)},
      {"strong wolfe", lbfgs_options(LineSearch::kStrongWolfe, 1)},
      // The first trial is far too long: the bracket is found at once and then narrowed.
      {"strong wolfe, zoom", lbfgs_options(LineSearch::kStrongWolfe, 1e5)}};
  std::map<std::string, TransferOptions> all = plain;
  for (const auto& [name, options] : plain) {
    all[name + ", scales, balance, clamp"] = with_everything(options);
  }
  return all;
}

/// Stops after so many evaluations of this session.
struct Stopper : TransferObserver {
  explicit Stopper(std::size_t after) : stop_after(after) {}
  std::size_t stop_after;
  std::size_t evaluations = 0;
  std::vector<std::string> warnings;
  void on_evaluation(const TraceRow& /*row*/, std::int64_t /*planned*/) override { ++evaluations; }
  void on_warning(const std::string& message) override { warnings.push_back(message); }
  bool stop_requested() override { return evaluations >= stop_after; }
};
constexpr std::size_t kNever = 1000000;

class Resume : public testing::TestWithParam<BackendUnderTest> {
 protected:
  ~Resume() override { std::filesystem::remove(path_); }

  void SetUp() override {
    if (backend_->pixel_type() != ElementType::kFloat32) {
      GTEST_SKIP() << "a checkpoint's arrays are floats: in double they round, and the paths part";
    }
  }

  TransferResult run(const TransferOptions& options, TransferObserver& observer,
                     const Checkpoint* resume = nullptr) {
    return transfer_on(*backend_, content_, {style_}, weights_, options, observer, resume);
  }
  TransferResult run(const TransferOptions& options) {
    TransferObserver silent;
    return run(options, silent);
  }

  /// Runs to the end in sessions of at most `each` evaluations; every checkpoint goes through a
  /// file.
  TransferResult run_in_sessions(const TransferOptions& options, std::size_t first,
                                 std::size_t each) {
    Stopper stopper(first);
    TransferResult result = run(options, stopper);
    while (result.outcome == Outcome::kInterrupted) {
      write_checkpoint(path_, *result.checkpoint);
      const Checkpoint checkpoint = read_checkpoint_file(path_);
      Stopper next(each);
      result = run(options, next, &checkpoint);
    }
    return result;
  }

  void expect_same(const TransferResult& resumed, const TransferResult& whole,
                   const std::string& where) {
    EXPECT_EQ(resumed.outcome, whole.outcome) << where;
    ASSERT_EQ(resumed.trace.size(), whole.trace.size()) << where;
    for (std::size_t n = 0; n < whole.trace.size(); ++n) {
      EXPECT_EQ(resumed.trace[n].iteration, whole.trace[n].iteration) << where;
      EXPECT_EQ(resumed.trace[n].scale, whole.trace[n].scale) << where;
      const double expected = whole.trace[n].total;
      EXPECT_EQ(resumed.trace[n].total, expected) << where << ", evaluation " << n + 1;
    }
    EXPECT_EQ(resumed.picture.rgb, whole.picture.rgb) << where;
    EXPECT_EQ(resumed.style_weight, whole.style_weight) << where;
  }

  std::unique_ptr<Backend> backend_ = GetParam().make();
  NetworkWeights weights_ = small_network({{4, 4}, {6, 6}}, 1);
  Image content_ = test_picture(15, 11, 1);
  Image style_ = test_picture(13, 14, 2);
  std::string path_ =
      (std::filesystem::temp_directory_path() / ("impasto-resume-" + std::to_string(getpid())))
          .string();
};

TEST_P(Resume, AfterEveryEvaluationGivesTheRunThatWasNotInterrupted) {
  for (const auto& [name, options] : every_run()) {
    const TransferResult whole = run(options);
    ASSERT_EQ(whole.outcome, Outcome::kCompleted) << name;
    for (std::size_t stop = 1; stop < whole.trace.size(); ++stop) {
      expect_same(run_in_sessions(options, stop, kNever), whole,
                  name + " stopped at " + std::to_string(stop));
    }
  }
}

TEST_P(Resume, AgainAndAgainGivesTheRunThatWasNotInterrupted) {
  for (const auto& [name, options] : every_run()) {
    const TransferResult whole = run(options);
    expect_same(run_in_sessions(options, 1, 1), whole, name + " stopped at every evaluation");
    expect_same(run_in_sessions(options, 2, 3), whole, name + " stopped at 2, 5, 8, …");
  }
}

TEST_P(Resume, AfterARunBlewUpGoesOnAtTheReducedStepWithTheRetriesThatAreLeft) {
  // The step at which this network overflows depends on the backend's type: looked for, so that a
  // run blows up at least once.
  const auto is_of_a_retry = [](const std::string& warning) {
    return warning.find("half the step") != std::string::npos;
  };
  TransferOptions adam = adam_options();
  adam.iterations = 6;
  TransferOptions lbfgs = lbfgs_options(LineSearch::kStrongWolfe, 1);
  lbfgs.iterations = 6;
  for (TransferOptions options : {adam, lbfgs}) {
    if (options.optimizer == OptimizerKind::kAdam && backend_->runs_ahead()) {
      if (!backend_->chooses_without_clock()) {
        continue;  // where a batch is rolled back to depends on its length, and that on the clock
      }
      options.iterations = 20;  // several batches
    }
    bool blown_up = false;
    for (double rate = 1e8; !blown_up && rate < 1e300; rate *= rate < 1e20 ? 1.7 : 1e4) {
      options.learning_rate = rate;
      Stopper watching(kNever);
      const TransferResult whole = run(options, watching);
      blown_up = std::any_of(watching.warnings.begin(), watching.warnings.end(), is_of_a_retry);
      if (!blown_up) {
        continue;
      }
      for (std::size_t stop = 1; stop < whole.trace.size(); ++stop) {
        expect_same(run_in_sessions(options, stop, 1), whole,
                    "rate " + std::to_string(rate) + " stopped at " + std::to_string(stop));
      }
    }
    EXPECT_TRUE(blown_up);
  }
}

TEST_P(Resume, MoreIterationsLengthenTheRun) {
  for (TransferOptions options : {adam_options(), lbfgs_options(LineSearch::kNone, 1),
                                  lbfgs_options(LineSearch::kStrongWolfe, 1)}) {
    TransferOptions longer = options;
    longer.iterations = 20;
    const TransferResult whole = run(longer);
    Stopper stopper(5);
    const TransferResult first = run(options, stopper);
    ASSERT_TRUE(first.checkpoint);
    TransferObserver silent;
    expect_same(run(longer, silent, &*first.checkpoint), whole, "lengthened");
    longer.iterations = 9;
    EXPECT_THROW(run(longer, silent, &*first.checkpoint), UsageError);
  }
}

TEST_P(Resume, MoreIterationsGoToTheLastScale) {
  TransferOptions options = adam_options();
  options.scales = {10, 15};
  options.iterations = 10;
  Stopper stopper(7);
  const TransferResult first = run(options, stopper);
  ASSERT_TRUE(first.checkpoint);
  EXPECT_EQ(first.checkpoint->plan, (std::vector<std::int64_t>{5, 5}));
  options.iterations = 16;
  TransferObserver silent;
  const TransferResult second = run(options, silent, &*first.checkpoint);
  EXPECT_EQ(second.trace.size(), 16U);
  EXPECT_EQ(second.trace[4].scale, 1);
  EXPECT_EQ(second.trace[5].scale, 2);
}

TEST_P(Resume, OnOtherInputsOrScalesIsRefusedSayingWhich) {
  Stopper stopper(3);
  const Checkpoint checkpoint = *run(adam_options(), stopper).checkpoint;
  TransferObserver silent;
  const auto refused = [&](const std::string& what) {
    try {
      run(adam_options(), silent, &checkpoint);
      ADD_FAILURE() << "not refused: " << what;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  std::swap(content_.rgb[0], content_.rgb[9]);
  refused("content");
  std::swap(content_.rgb[0], content_.rgb[9]);
  style_ = test_picture(13, 14, 3);
  refused("style");
  style_ = test_picture(13, 14, 2);
  weights_.convolutions[1].weight[7] += 1;
  refused("weights");
  weights_.convolutions[1].weight[7] -= 1;
  TransferOptions other = adam_options();
  other.size = 12;
  EXPECT_THROW(run(other, silent, &checkpoint), InputError);
  other = adam_options();
  other.optimizer = OptimizerKind::kLbfgs;
  EXPECT_THROW(run(other, silent, &checkpoint), InputError);
}

INSTANTIATE_TEST_SUITE_P(Backends, Resume, testing::ValuesIn(backends_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

INSTANTIATE_TEST_SUITE_P(WithoutAClock, Resume, testing::ValuesIn(clockless_devices_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });
// There is none where CUDA's headers are missing.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Resume);

}  // namespace
}  // namespace impasto
