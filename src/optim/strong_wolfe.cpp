#include "optim/strong_wolfe.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace impasto {
namespace {

constexpr double kSufficientDecrease = 1e-4;  // c₁
constexpr double kCurvature = 0.9;            // c₂
constexpr std::size_t kMostEvaluations = 25;
/// A bracket that moves no pixel by more than this is as narrow as it needs to be.
constexpr double kNarrowest = 1e-9;

}  // namespace

double cubic_minimum(const LinePoint& a, const LinePoint& b, double low, double high) {
  // Nocedal & Wright, equation 3.59.
  const LinePoint& left = a.t <= b.t ? a : b;
  const LinePoint& right = a.t <= b.t ? b : a;
  const double d1 = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.t - right.t);
  const double square = d1 * d1 - left.slope * right.slope;
  if (!(square >= 0)) {
    return (low + high) / 2;
  }
  const double d2 = std::sqrt(square);
  const double t = right.t - (right.t - left.t) *
                                 ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return std::isfinite(t) ? std::min(std::max(t, low), high) : (low + high) / 2;
}

/// One search: first widen until a minimum is bracketed, then narrow the bracket.
struct StrongWolfe::Search {
  StrongWolfe& owner;
  Objective& objective;
  const Tensor& origin;
  const Tensor& d;
  const Tensor& x;
  LinePoint start{};
  LinePoint low{};   // the bracket's end with the lower loss
  LinePoint high{};  // its other end
  LinePoint best{};
  std::size_t evaluations = 0;
  bool finite = true;
  bool last = false;

  [[nodiscard]] bool exhausted() const {
    return !finite || last || evaluations >= kMostEvaluations;
  }
  [[nodiscard]] bool decreases_enough(const LinePoint& p) const {
    return p.loss <= start.loss + kSufficientDecrease * p.t * start.slope;
  }
  [[nodiscard]] bool is_flat_enough(const LinePoint& p) const {
    return std::abs(p.slope) <= -kCurvature * start.slope;
  }

  /// A gradient vector that neither `a` nor `b` uses.
  static std::size_t free_gradient(const LinePoint& a, const LinePoint& b) {
    for (std::size_t n = 0; n < 2; ++n) {
      if (a.gradient != n && b.gradient != n) {
        return n;
      }
    }
    return 2;
  }

  Trial measure(double t, std::size_t gradient) {
    add_multiple(owner.backend_, origin, t, d, x);
    const Evaluation evaluation =
        objective.evaluate(x, owner.gradients_[gradient], &owner.questions_);
    last = evaluation.last;
    finite = evaluation.finite;
    owner.facts_[gradient] = owner.questions_.facts();
    owner.known_[gradient] = true;
    return {evaluation.loss, finite ? owner.facts_[gradient].slope() : 0};
  }

  /// φ and φ′ at t. The trials of a search that was cut short are known already, and its gradients
  /// lie where it left them.
  LinePoint evaluate(double t, std::size_t gradient) {
    if (evaluations == owner.trials_.size()) {
      owner.trials_.push_back(measure(t, gradient));
    }
    const Trial trial = owner.trials_[evaluations++];
    const LinePoint point{t, trial.loss, trial.slope, gradient};
    if (finite && point.loss < best.loss) {
      best = point;
    }
    return point;
  }

  /// Sets low and high to a bracket of a good step; true if a step was found to be good already.
  bool bracket(double t) {
    LinePoint previous = start;
    previous.gradient = 2;  // the start's gradient is kept elsewhere
    LinePoint point = evaluate(t, 0);
    for (bool first = true; !exhausted(); first = false) {
      if (!decreases_enough(point) || (!first && point.loss >= previous.loss)) {
        break;
      }
      if (is_flat_enough(point)) {
        low = point;
        high = point;
        return true;
      }
      if (point.slope >= 0) {
        break;
      }
      const double next =
          cubic_minimum(previous, point, point.t + 0.01 * (point.t - previous.t), 10 * point.t);
      const std::size_t gradient = free_gradient(previous, point);
      previous = std::exchange(point, evaluate(next, gradient));
    }
    low = previous;
    high = point;
    sort_bracket();
    return false;
  }

  void sort_bracket() {
    if (high.loss < low.loss) {
      std::swap(low, high);
    }
  }

  /// A trial step inside the bracket; twice in a row close to an end is answered by a step of a
  /// tenth of the width.
  double trial(bool& close_before) const {
    const double left = std::min(low.t, high.t);
    const double right = std::max(low.t, high.t);
    const double t = cubic_minimum(low, high, left, right);
    const double margin = 0.1 * (right - left);
    if (std::min(right - t, t - left) >= margin) {
      close_before = false;
      return t;
    }
    if (close_before || t >= right || t <= left) {
      close_before = false;
      return std::abs(t - right) < std::abs(t - left) ? right - margin : left + margin;
    }
    close_before = true;
    return t;
  }

  void zoom() {
    const double longest = owner.questions_.facts().longest();
    bool close_before = false;
    while (!exhausted() && std::abs(high.t - low.t) * longest >= kNarrowest) {
      const double t = trial(close_before);
      const LinePoint point = evaluate(t, free_gradient(low, high));
      if (!finite) {
        return;
      }
      if (!decreases_enough(point) || point.loss >= low.loss) {
        high = point;
        sort_bracket();
        continue;
      }
      if (is_flat_enough(point)) {
        low = point;
        return;
      }
      if (point.slope * (high.t - low.t) >= 0) {
        high = low;
      }
      low = point;
    }
  }
};

LineSearchResult StrongWolfe::search(Objective& objective, const Tensor& origin, const Tensor& d,
                                     const Tensor& x, double t, double loss, double slope) {
  Search search{*this, objective, origin, d, x};
  search.start = {0, loss, slope, 2};
  search.best = search.start;
  if (!search.bracket(t) && !search.exhausted()) {
    search.zoom();
  }
  // Cut short, the search still has something to show: the best point it saw.
  const bool cut_short = search.last || search.evaluations >= kMostEvaluations;
  const LinePoint& chosen =
      cut_short || search.low.loss > search.best.loss ? search.best : search.low;
  if (!search.last) {
    forget();
  }
  return {chosen, search.finite, search.last};
}

StrongWolfe::StrongWolfe(Backend& backend, const Shape& shape, LbfgsQuestions& questions)
    : backend_(backend),
      questions_(questions),
      gradients_(backend, shape, kVectors),
      facts_{questions.facts(), questions.facts(), questions.facts()} {
  trials_.reserve(kMostEvaluations);
}

std::vector<std::vector<float>> StrongWolfe::gradients() const {
  std::vector<std::vector<float>> values;
  for (std::size_t n = 0; n < kVectors; ++n) {
    values.push_back(download_vector(backend_, gradients_[n]));
  }
  return values;
}

void StrongWolfe::restore(const std::vector<Trial>& trials,
                          const std::vector<std::vector<float>>& gradients) {
  for (std::size_t n = 0; n < gradients.size(); ++n) {
    upload_vector(backend_, gradients[n], gradients_[n]);
  }
  trials_.assign(trials.begin(), trials.end());
  known_.fill(false);
}

}  // namespace impasto
