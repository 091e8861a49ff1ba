#include "optim/lbfgs.hpp"

#include <algorithm>
#include <utility>

namespace impasto {
namespace {

/// torch's least yᵀs of a pair worth keeping.
constexpr double kLeastCurvature = 1e-10;

const OptimizerResult no_more_evaluations{Ending::kLastEvaluation, ""};
const OptimizerResult not_finite{Ending::kNotFinite, "the loss or its gradient is not finite"};

}  // namespace

Lbfgs::Lbfgs(Backend& backend, const Shape& shape, const LbfgsOptions& options,
             const std::optional<PixelBounds>& bounds)
    : backend_(backend),
      options_(options),
      bounds_(bounds),
      history_(backend, shape, options.history),
      vectors_(backend, shape, kVectors),
      scalar_(backend) {
  if (options.line_search == LineSearch::kStrongWolfe) {
    search_.emplace(backend, shape);
  }
}

OptimizerResult Lbfgs::minimise(Objective& objective, const Tensor& x) {
  return search_ ? minimise_with_search(objective, x) : minimise_without_search(objective, x);
}

OptimizerState Lbfgs::state() const {
  OptimizerState state{{options_.learning_rate}, history_.pairs(), {}};
  if (!loss_) {
    return state;
  }
  state.numbers.push_back(*loss_);
  state.vectors = {download_vector(backend_, point()), download_vector(backend_, gradient())};
  if (search_ && !search_->trials().empty()) {
    for (const Trial& trial : search_->trials()) {
      state.numbers.insert(state.numbers.end(), {trial.loss, trial.slope});
    }
    for (std::vector<float>& values : search_->gradients()) {
      state.vectors.push_back(std::move(values));
    }
  }
  return state;
}

void Lbfgs::resume(const OptimizerState& state) {
  const std::vector<double>& numbers = state.numbers;
  const bool known = numbers.size() >= 2;
  const bool searching = numbers.size() > 2;
  const std::size_t vectors = searching ? 2 + StrongWolfe::kVectors : (known ? 2 : 0);
  require_state(!numbers.empty() && numbers.size() % 2 == (known ? 0 : 1) &&
                state.pairs.size() % 2 == 0 && state.vectors.size() == vectors &&
                (search_ || !searching));
  options_.learning_rate = numbers[0];
  history_.restore(state.pairs);
  loss_.reset();
  if (known) {
    loss_ = numbers[1];
    upload_vector(backend_, state.vectors[0], point());
    upload_vector(backend_, state.vectors[1], gradient());
  }
  if (searching) {
    std::vector<Trial> trials;
    for (std::size_t n = 2; n < numbers.size(); n += 2) {
      trials.push_back({numbers[n], numbers[n + 1]});
    }
    search_->restore(trials, {state.vectors.begin() + 2, state.vectors.end()});
  }
}

void Lbfgs::restart_at_half_step() {
  options_.learning_rate /= 2;
  history_.clear();
  loss_.reset();
  if (search_) {
    search_->forget();
  }
}

double Lbfgs::gradient_step() {
  const double sum = scalar_.absolute_sum(gradient());
  if (!(sum > 0)) {
    return options_.learning_rate;
  }
  const double t = search_ ? 1 / sum : std::min(1.0, 1 / sum);
  return t * options_.learning_rate;
}

void Lbfgs::arrive(const Tensor& x, double loss, const Tensor& g_new, double least_curvature) {
  if (loss_) {
    backend_.copy(x, history_.next_s());
    backend_.axpy(-1, point(), history_.next_s());
    backend_.copy(g_new, history_.next_y());
    backend_.axpy(-1, gradient(), history_.next_y());
    history_.keep(least_curvature);
  }
  backend_.copy(x, point());
  backend_.copy(g_new, gradient());
  loss_ = loss;
}

OptimizerResult Lbfgs::minimise_without_search(Objective& objective, const Tensor& x) {
  const Tensor d = vectors_[2];
  const Tensor g_new = vectors_[3];
  while (true) {
    const Evaluation evaluation = objective.evaluate(x, g_new);
    if (!evaluation.finite) {
      return not_finite;
    }
    const bool first = !loss_;
    arrive(x, evaluation.loss, g_new, kLeastCurvature);
    history_.direction(gradient(), d);
    backend_.axpy(first ? gradient_step() : options_.learning_rate, d, x);
    if (bounds_) {
      backend_.clamp(*bounds_, x);
    }
    if (evaluation.last) {
      return no_more_evaluations;
    }
  }
}

OptimizerResult Lbfgs::minimise_with_search(Objective& objective, const Tensor& x) {
  const Tensor d = vectors_[2];
  const Tensor g_new = vectors_[3];
  if (!loss_) {
    const Evaluation start = objective.evaluate(x, g_new);
    if (!start.finite) {
      return not_finite;
    }
    arrive(x, start.loss, g_new, 0);
    if (start.last) {
      return no_more_evaluations;
    }
  }
  while (true) {
    history_.direction(gradient(), d);
    double slope = scalar_.dot(gradient(), d);
    if (slope >= 0 && !history_.empty()) {
      // Rounding has spoilt the direction: it does not descend.
      history_.clear();
      history_.direction(gradient(), d);
      slope = scalar_.dot(gradient(), d);
    }
    if (!(slope < 0)) {
      return {Ending::kConverged, "the gradient is zero"};
    }
    const double t = history_.empty() ? gradient_step() : options_.learning_rate;
    const LineSearchResult found = search_->search(objective, point(), d, x, t, *loss_, slope);
    if (!found.finite) {
      return not_finite;
    }
    backend_.copy(point(), x);
    if (found.point.t != 0) {
      backend_.axpy(found.point.t, d, x);
      if (bounds_) {
        backend_.clamp(*bounds_, x);
      }
    }
    if (found.last) {
      return no_more_evaluations;  // x is the best so far; the search keeps where it was
    }
    if (found.point.t == 0) {
      if (history_.empty()) {
        return {Ending::kConverged, "no step down the gradient lowers the loss any more"};
      }
      history_.clear();
      continue;
    }
    if (!bounds_) {
      arrive(x, found.point.loss, search_->gradient(found.point), 0);
      continue;
    }
    // The clamped picture is another point: its own loss and gradient are needed.
    const Evaluation clamped = objective.evaluate(x, g_new);
    if (!clamped.finite) {
      return not_finite;
    }
    arrive(x, clamped.loss, g_new, 0);
    if (clamped.last) {
      return no_more_evaluations;
    }
  }
}

}  // namespace impasto
