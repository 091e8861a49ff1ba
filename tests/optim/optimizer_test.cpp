// Optimisers on functions whose minimum is known.
#include "optim/optimizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "gradcheck/host_tensor.hpp"
#include "impasto/error.hpp"
#include "optim/lbfgs_history.hpp"
#include "optim/lbfgs_questions.hpp"
#include "optim/strong_wolfe.hpp"
#include "support/backends.hpp"

namespace impasto {
namespace {

const Shape kShape{3, 2, 2};

/// f(x) by a host function of the twelve values, with a limit of evaluations and a record of
/// losses.
class HostObjective final : public Objective {
 public:
  using Function = std::function<double(const HostValues& x, HostValues& dx)>;

  HostObjective(Backend& backend, Function function, int limit)
      : backend_(backend), function_(std::move(function)), limit_(limit) {}

  Evaluation evaluate(const Tensor& x, const Tensor& dx, Questions* questions) override {
    EXPECT_LT(static_cast<int>(losses.size()), limit_) << "evaluated after the last one allowed";
    HostValues values(12);
    HostValues gradient(12);
    backend_.download(x, std::span<double>(values));
    const double loss = function_(values, gradient);
    backend_.upload(std::span<const double>(gradient), dx);
    losses.push_back(loss);
    if (questions != nullptr) {
      questions->ask(x, dx);
      backend_.read_all(std::array{questions->answers()});
    }
    return {loss, std::isfinite(loss), static_cast<int>(losses.size()) == limit_};
  }

  std::vector<double> losses;

 private:
  Backend& backend_;
  Function function_;
  int limit_;
};

/// A badly scaled bowl with its minimum at (1, 2, …, 12).
double bowl(const HostValues& x, HostValues& dx) {
  double loss = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double stiffness = std::pow(10.0, static_cast<double>(n % 4));
    const double distance = x[n] - static_cast<double>(n + 1);
    loss += 0.5 * stiffness * distance * distance;
    dx[n] = stiffness * distance;
  }
  return loss;
}

/// Rosenbrock's valley in six pairs (Rosenbrock 1960), minimum 0 at (1, …, 1).
double rosenbrock(const HostValues& x, HostValues& dx) {
  double loss = 0;
  for (std::size_t n = 0; n < x.size(); n += 2) {
    const double a = 1 - x[n];
    const double b = x[n + 1] - x[n] * x[n];
    loss += a * a + 100 * b * b;
    dx[n] = -2 * a - 400 * x[n] * b;
    dx[n + 1] = 200 * b;
  }
  return loss;
}

class Optimizers : public testing::TestWithParam<BackendUnderTest> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
  OwnedTensor x_{*backend_, kShape, Layout::kPlain};

  static TransferOptions lbfgs(LineSearch line_search) {
    TransferOptions options;
    options.optimizer = OptimizerKind::kLbfgs;
    options.line_search = line_search;
    options.learning_rate = 1;
    return options;
  }

  OptimizerResult minimise(const TransferOptions& options, HostObjective& objective,
                           const std::optional<PixelBounds>& bounds = {}) {
    return make_optimizer(*backend_, kShape, options, bounds)->minimise(objective, x_.get());
  }

  /// Keeps the pair that was written as the history's next, for a point where the gradient is g.
  void keep(LbfgsHistory& history, const Tensor& g) {
    const OwnedTensor d(*backend_, g.shape, Layout::kPlain);
    LbfgsQuestions questions(*backend_, history, d.get(), d.get(), d.get());
    history.keep(questions.answer_now(g).products(), 0);
  }

  double distance_to(double first, double step) {
    double largest = 0;
    const HostValues values = x_.download(*backend_);
    for (std::size_t n = 0; n < values.size(); ++n) {
      largest = std::max(largest, std::abs(values[n] - first - step * static_cast<double>(n)));
    }
    return largest;
  }
};

TEST_P(Optimizers, LbfgsWithStrongWolfeFindsTheBottomOfABowl) {
  HostObjective objective(*backend_, bowl, 200);
  minimise(lbfgs(LineSearch::kStrongWolfe), objective);
  EXPECT_LT(distance_to(1, 1), 1e-3);
}

TEST_P(Optimizers, LbfgsWithStrongWolfeFollowsRosenbrocksValley) {
  HostObjective objective(*backend_, rosenbrock, 400);
  const OptimizerResult result = minimise(lbfgs(LineSearch::kStrongWolfe), objective);
  EXPECT_LT(distance_to(1, 0), 1e-2);
  EXPECT_EQ(result.ending, Ending::kConverged) << "it should notice that nothing more is gained";
  EXPECT_FALSE(result.reason.empty());
}

TEST_P(Optimizers, LbfgsWithStrongWolfeEndsAtTheBestPointItSaw) {
  for (const int limit : {2, 3, 5, 8, 13}) {
    backend_->fill(0, x_.get());
    HostObjective objective(*backend_, rosenbrock, limit);
    const OptimizerResult result = minimise(lbfgs(LineSearch::kStrongWolfe), objective);
    EXPECT_EQ(result.ending, Ending::kLastEvaluation);
    HostValues gradient(12);
    const double best = *std::min_element(objective.losses.begin(), objective.losses.end());
    EXPECT_NEAR(rosenbrock(x_.download(*backend_), gradient), best, 1e-4 * best + 1e-9) << limit;
  }
}

TEST_P(Optimizers, LbfgsWithoutALineSearchTakesTorchsFirstStep) {
  // x₁ = x₀ − min(1, 1/‖g‖₁) · lr · g
  HostObjective objective(*backend_, bowl, 1);
  TransferOptions options = lbfgs(LineSearch::kNone);
  options.learning_rate = 0.5;
  minimise(options, objective);
  HostValues gradient(12);
  bowl(HostValues(12, 0.0), gradient);
  double sum = 0;
  for (const double g : gradient) {
    sum += std::abs(g);
  }
  const HostValues moved = x_.download(*backend_);
  for (std::size_t n = 0; n < 12; ++n) {
    EXPECT_NEAR(moved[n], -0.5 * gradient[n] / sum, 1e-6);
  }
}

TEST_P(Optimizers, LbfgsWithoutALineSearchConvergesOnABowl) {
  HostObjective objective(*backend_, bowl, 150);
  minimise(lbfgs(LineSearch::kNone), objective);
  EXPECT_LT(distance_to(1, 1), 1e-3);
}

TEST_P(Optimizers, AdamConvergesOnABowl) {
  TransferOptions options;
  options.optimizer = OptimizerKind::kAdam;
  options.learning_rate = 0.3;
  HostObjective objective(*backend_, bowl, 1500);
  minimise(options, objective);
  EXPECT_LT(distance_to(1, 1), 1e-2);
}

TEST_P(Optimizers, EveryOneUsesExactlyTheEvaluationsAllowed) {
  for (const TransferOptions& options :
       {lbfgs(LineSearch::kNone), lbfgs(LineSearch::kStrongWolfe), [] {
          TransferOptions adam;
          adam.optimizer = OptimizerKind::kAdam;
          adam.learning_rate = 0.01;
          return adam;
        }()}) {
    for (const int limit : {1, 2, 7, 20}) {
      backend_->fill(0, x_.get());
      HostObjective objective(*backend_, rosenbrock, limit);
      EXPECT_EQ(minimise(options, objective).ending, Ending::kLastEvaluation);
      EXPECT_EQ(objective.losses.size(), static_cast<std::size_t>(limit));
    }
  }
}

TEST_P(Optimizers, ClampedPixelsStayWithinTheirBounds) {
  const PixelBounds bounds{{0, 0, 0}, {3, 3, 3}};
  for (const TransferOptions& options :
       {lbfgs(LineSearch::kNone), lbfgs(LineSearch::kStrongWolfe), [] {
          TransferOptions adam;
          adam.optimizer = OptimizerKind::kAdam;
          adam.learning_rate = 0.3;
          return adam;
        }()}) {
    backend_->fill(0, x_.get());
    HostObjective objective(*backend_, bowl, 60);
    minimise(options, objective, bounds);
    const HostValues values = x_.download(*backend_);
    for (std::size_t n = 0; n < 12; ++n) {
      EXPECT_GE(values[n], 0);
      EXPECT_LE(values[n], 3);
      if (n >= 3) {
        EXPECT_NEAR(values[n], 3, 0.05) << "the bound nearest the minimum";
      }
    }
  }
}

/// Every optimiser and line search, by name.
std::map<std::string, TransferOptions> every_optimizer() {
  std::map<std::string, TransferOptions> all;
  TransferOptions options;
  options.optimizer = OptimizerKind::kAdam;
  options.learning_rate = 0.05;
  all["adam"] = options;
  options.optimizer = OptimizerKind::kLbfgs;
  options.learning_rate = 1;
  options.line_search = LineSearch::kNone;
  all["lbfgs"] = options;
  options.line_search = LineSearch::kStrongWolfe;
  all["strong wolfe"] = options;
  options.learning_rate = 25;  // far out: the bracket is found at once, and then narrowed
  all["strong wolfe, zoom"] = options;
  options.learning_rate = 1e-4;  // close: the bracket is widened many times
  all["strong wolfe, bracket"] = options;
  return all;
}

// One optimiser ends at an evaluation, another goes on from its state.
TEST_P(Optimizers, InterruptedAtAnyEvaluationAnotherTakesTheVeryStepsThatTheFirstWouldHave) {
  // Every launch on the emulated device takes as long as a whole evaluation elsewhere.
  const int evaluations = backend_->runs_ahead() ? 12 : 30;
  const bool exact = backend_->pixel_type() == ElementType::kFloat32;  // as a state's vectors are
  for (const auto& [name, options] : every_optimizer()) {
    for (const std::optional<PixelBounds>& bounds :
         {std::optional<PixelBounds>(), std::optional(PixelBounds{{-1, -1, -1}, {1.5, 0.75, 2}})}) {
      backend_->fill(0, x_.get());
      HostObjective whole(*backend_, rosenbrock, evaluations);
      minimise(options, whole, bounds);
      const HostValues expected = x_.download(*backend_);
      for (int stop = 1; stop < evaluations; ++stop) {
        backend_->fill(0, x_.get());
        HostObjective before(*backend_, rosenbrock, stop);
        const auto first = make_optimizer(*backend_, kShape, options, bounds);
        first->minimise(before, x_.get());
        HostObjective after(*backend_, rosenbrock, evaluations - stop);
        const auto second = make_optimizer(*backend_, kShape, options, bounds);
        second->resume(first->state());
        second->minimise(after, x_.get());
        std::vector<double> losses = before.losses;
        losses.insert(losses.end(), after.losses.begin(), after.losses.end());
        if (exact) {  // in double the state's floats round, and the paths part
          EXPECT_EQ(losses, whole.losses) << name << " stopped at " << stop;
          EXPECT_EQ(x_.download(*backend_), expected) << name << " stopped at " << stop;
        }
      }
    }
  }
}

TEST_P(Optimizers, AStateOfAnotherOptimiserIsRefused) {
  const std::map<std::string, TransferOptions> all = every_optimizer();
  const auto state_of = [&](const std::string& name, int evaluations) {
    backend_->fill(0, x_.get());
    HostObjective objective(*backend_, rosenbrock, evaluations);
    const auto optimizer = make_optimizer(*backend_, kShape, all.at(name), {});
    optimizer->minimise(objective, x_.get());
    return optimizer->state();
  };
  const auto adam = make_optimizer(*backend_, kShape, all.at("adam"), {});
  const auto lbfgs = make_optimizer(*backend_, kShape, all.at("lbfgs"), {});
  EXPECT_THROW(adam->resume(state_of("lbfgs", 3)), InputError);
  EXPECT_THROW(adam->resume(state_of("strong wolfe", 3)), InputError);
  EXPECT_THROW(lbfgs->resume(state_of("strong wolfe", 2)), InputError) << "a search is going on";
  OptimizerState cut = state_of("strong wolfe", 2);
  cut.vectors.pop_back();
  EXPECT_THROW(make_optimizer(*backend_, kShape, all.at("strong wolfe"), {})->resume(cut),
               InputError);
  cut = state_of("lbfgs", 3);
  cut.vectors.front().pop_back();
  EXPECT_THROW(lbfgs->resume(cut), InputError);
}

TEST_P(Optimizers, AfterARestartNothingIsKnownAndTheStepIsHalf) {
  for (const auto& [name, options] : every_optimizer()) {
    backend_->fill(0, x_.get());
    HostObjective used(*backend_, rosenbrock, 7);
    const auto restarted = make_optimizer(*backend_, kShape, options, {});
    restarted->minimise(used, x_.get());
    restarted->restart_at_half_step();
    TransferOptions half = options;
    half.learning_rate /= 2;
    const auto fresh = make_optimizer(*backend_, kShape, half, {});
    HostObjective once(*backend_, rosenbrock, 12);
    HostObjective again(*backend_, rosenbrock, 12);
    backend_->fill(0, x_.get());
    restarted->minimise(once, x_.get());
    backend_->fill(0, x_.get());
    fresh->minimise(again, x_.get());
    EXPECT_EQ(once.losses, again.losses) << name;
  }
}

// The unit of the loss is an accident of weights and formulas: 1 for one form, 1e-12 for another.
TEST_P(Optimizers, LbfgsWithStrongWolfeTakesTheSamePathWhateverTheLosssUnit) {
  const auto path_of = [&](double unit, int evaluations) {
    backend_->fill(0, x_.get());
    HostObjective objective(
        *backend_,
        [unit](const HostValues& x, HostValues& dx) {
          const double loss = rosenbrock(x, dx);
          for (double& g : dx) {
            g *= unit;
          }
          return unit * loss;
        },
        evaluations);
    minimise(lbfgs(LineSearch::kStrongWolfe), objective);
    for (double& loss : objective.losses) {
      loss /= unit;
    }
    return objective.losses;
  };
  const std::vector<double> expected = path_of(1, 40);
  EXPECT_LT(expected.back(), 0.1 * expected.front());
  // Powers of two round nothing: the very path.
  for (const double unit : {std::ldexp(1.0, -40), std::ldexp(1.0, -3), std::ldexp(1.0, 40)}) {
    EXPECT_EQ(path_of(unit, 40), expected) << unit;
  }
  for (const double unit : {1e-12, 1e-6, 1e6, 1e12}) {
    const std::vector<double> path = path_of(unit, 20);
    ASSERT_EQ(path.size(), 20U) << unit;
    for (std::size_t n = 0; n < 12; ++n) {
      EXPECT_NEAR(path[n], expected[n], 1e-3 * expected[n]) << unit << " at " << n + 1;
    }
    EXPECT_LT(path.back(), 0.1 * path.front()) << unit;
  }
}

TEST_P(Optimizers, ANotFiniteLossIsReportedNotFollowed) {
  for (const LineSearch search : {LineSearch::kNone, LineSearch::kStrongWolfe}) {
    backend_->fill(0, x_.get());
    int calls = 0;
    HostObjective objective(
        *backend_,
        [&](const HostValues& x, HostValues& dx) {
          const double loss = bowl(x, dx);
          return ++calls == 3 ? std::numeric_limits<double>::quiet_NaN() : loss;
        },
        50);
    EXPECT_EQ(minimise(lbfgs(search), objective).ending, Ending::kNotFinite);
    EXPECT_EQ(calls, 3);
  }
}

TEST_P(Optimizers, AFlatFunctionConvergesAtOnceWithAReason) {
  HostObjective objective(
      *backend_, [](const HostValues&, HostValues&) { return 1.0; }, 50);
  const OptimizerResult result = minimise(lbfgs(LineSearch::kStrongWolfe), objective);
  EXPECT_EQ(result.ending, Ending::kConverged);
  EXPECT_EQ(objective.losses.size(), 1U);
  EXPECT_FALSE(result.reason.empty());
}

TEST_P(Optimizers, AGradientThatLiesEndsTheRunInsteadOfLooping) {
  // The loss rises along every "descent" direction: a restart cannot help.
  HostObjective objective(
      *backend_,
      [](const HostValues& x, HostValues& dx) {
        const double loss = bowl(x, dx);
        for (double& g : dx) {
          g = -g;
        }
        return loss;
      },
      500);
  const OptimizerResult result = minimise(lbfgs(LineSearch::kStrongWolfe), objective);
  EXPECT_EQ(result.ending, Ending::kConverged);
  EXPECT_LT(objective.losses.size(), 100U);
}

TEST_P(Optimizers, TheTwoLoopRecursionSolvesAQuadraticExactly) {
  // With all twelve pairs of a quadratic along its axes, −H g is Newton's step.
  LbfgsHistory history(*backend_, kShape, 12);
  HostValues gradient(12);
  bowl(HostValues(12, 0.0), gradient);
  const OwnedTensor g(*backend_, kShape, Layout::kPlain, gradient);
  for (std::size_t n = 0; n < 12; ++n) {
    HostValues s(12);
    HostValues y(12);
    s[n] = 0.5;
    y[n] = 0.5 * std::pow(10.0, static_cast<double>(n % 4));
    backend_->upload(std::span<const double>(s), history.next_s());
    backend_->upload(std::span<const double>(y), history.next_y());
    keep(history, g.get());
  }
  const double slope = history.direction(g.get(), x_.get());
  EXPECT_LT(distance_to(1, 1), 1e-5);
  const double expected = inner_product(gradient, x_.download(*backend_));
  EXPECT_NEAR(slope, expected, 1e-5 * std::abs(expected));
}

/// −H g by the recursion as it stands in the book, on vectors.
HostValues two_loops(const std::vector<HostValues>& s, const std::vector<HostValues>& y,
                     const HostValues& g) {
  HostValues d(g.size());
  const auto add = [&](double a, const HostValues& x) {
    for (std::size_t n = 0; n < d.size(); ++n) {
      d[n] += a * x[n];
    }
  };
  add(-1, g);
  std::vector<double> alpha(s.size());
  for (std::size_t n = s.size(); n-- > 0;) {
    alpha[n] = inner_product(s[n], d) / inner_product(s[n], y[n]);
    add(-alpha[n], y[n]);
  }
  const double gamma = inner_product(s.back(), y.back()) / inner_product(y.back(), y.back());
  for (double& value : d) {
    value *= gamma;
  }
  for (std::size_t n = 0; n < s.size(); ++n) {
    add(alpha[n] - inner_product(y[n], d) / inner_product(s[n], y[n]), s[n]);
  }
  return d;
}

// The recursion on dot products must not lose digits that the one on vectors keeps: on pairs that
// are nearly parallel, of a function a million times steeper in one direction than in another.
TEST_P(Optimizers, TheRecursionOnDotProductsIsTheOneOnVectors) {
  constexpr std::size_t kPairs = 60;
  constexpr std::size_t kLength = 500;
  const Shape shape = flat(kLength);
  LbfgsHistory history(*backend_, shape, kPairs);
  Random random(4);
  const HostValues common = random_values(random, kLength);
  const OwnedTensor g(*backend_, shape, Layout::kPlain, random_values(random, kLength));
  std::vector<HostValues> s;
  std::vector<HostValues> y;
  for (std::size_t pair = 0; pair < kPairs; ++pair) {
    HostValues step = random_values(random, kLength);
    HostValues change(kLength);
    for (std::size_t n = 0; n < kLength; ++n) {
      step[n] = common[n] + 0.1 * step[n];
      change[n] = step[n] * std::pow(1e6, static_cast<double>(n) / kLength);
    }
    backend_->upload(std::span<const double>(step), history.next_s());
    backend_->upload(std::span<const double>(change), history.next_y());
    s.emplace_back(kLength);
    y.emplace_back(kLength);
    backend_->download(history.next_s(), std::span(s.back()));  // as rounded
    backend_->download(history.next_y(), std::span(y.back()));
    keep(history, g.get());
  }
  const OwnedTensor d(*backend_, shape, Layout::kPlain);
  history.direction(g.get(), d.get());
  const HostValues expected = two_loops(s, y, g.download(*backend_));
  const bool floats = backend_->pixel_type() == ElementType::kFloat32;
  EXPECT_LE(relative_error(d.download(*backend_), expected), floats ? 1e-6 : 1e-9);
}

TEST_P(Optimizers, TheMemoryKeepsOnlyItsNewestPairs) {
  // A pair that contradicts all others is forgotten after as many newer ones as the memory holds.
  LbfgsHistory history(*backend_, kShape, 3);
  const OwnedTensor g(*backend_, kShape, Layout::kPlain, HostValues(12, 1.0));
  HostValues s(12);
  HostValues y(12);
  const auto add = [&](std::size_t n, double stiffness) {
    std::fill(s.begin(), s.end(), 0.0);
    std::fill(y.begin(), y.end(), 0.0);
    s[n] = 1;
    y[n] = stiffness;
    backend_->upload(std::span<const double>(s), history.next_s());
    backend_->upload(std::span<const double>(y), history.next_y());
    keep(history, g.get());
  };
  add(0, 1e6);
  add(1, 2);
  add(2, 2);
  add(3, 2);
  history.direction(g.get(), x_.get());
  const HostValues d = x_.download(*backend_);
  for (std::size_t n = 0; n < 12; ++n) {
    EXPECT_NEAR(d[n], -0.5, 1e-6) << n;
  }
}

TEST(CubicMinimum, IsExactForACubic) {
  // φ(t) = t³ − 3t has its minimum −2 at t = 1.
  const auto point = [](double t) { return LinePoint{t, t * t * t - 3 * t, 3 * t * t - 3, 0}; };
  EXPECT_NEAR(cubic_minimum(point(0), point(2), 0, 2), 1, 1e-12);
  EXPECT_NEAR(cubic_minimum(point(2), point(0), 0, 2), 1, 1e-12) << "the order does not matter";
  EXPECT_EQ(cubic_minimum(point(0), point(2), 1.5, 2), 1.5) << "kept within its bounds";
}

INSTANTIATE_TEST_SUITE_P(Backends, Optimizers, testing::ValuesIn(backends_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

}  // namespace
}  // namespace impasto
