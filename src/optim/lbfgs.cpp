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
      questions_(backend, history_, point(), gradient(), d()) {
  if (options.line_search == LineSearch::kStrongWolfe) {
    search_.emplace(backend, shape, questions_);
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
                state.pairs.size() % 2 == 0 && (known || state.pairs.empty()) &&
                state.vectors.size() == vectors && (search_ || !searching));
  options_.learning_rate = numbers[0];
  history_.clear();
  loss_.reset();
  if (known) {
    loss_ = numbers[1];
    upload_vector(backend_, state.vectors[0], point());
    upload_vector(backend_, state.vectors[1], gradient());
    restore_history(state.pairs);
  }
  if (searching) {
    std::vector<Trial> trials;
    for (std::size_t n = 2; n < numbers.size(); n += 2) {
      trials.push_back({numbers[n], numbers[n + 1]});
    }
    search_->restore(trials, {state.vectors.begin() + 2, state.vectors.end()});
  }
}

void Lbfgs::restore_history(const std::vector<std::vector<float>>& pairs) {
  for (std::size_t n = 0; n < pairs.size(); n += 2) {
    upload_vector(backend_, pairs[n], history_.next_s());
    upload_vector(backend_, pairs[n + 1], history_.next_y());
    history_.keep(questions_.answer_now(gradient()).products(), 0);
  }
  const PointFacts& facts = questions_.answer_now(gradient());
  history_.meet(facts.products());
  absolute_sum_ = facts.absolute_sum();
}

void Lbfgs::restart_at_half_step() {
  options_.learning_rate /= 2;
  history_.clear();
  loss_.reset();
  if (search_) {
    search_->forget();
  }
}

double Lbfgs::gradient_step() const {
  if (!(absolute_sum_ > 0)) {
    return options_.learning_rate;
  }
  const double t = search_ ? 1 / absolute_sum_ : std::min(1.0, 1 / absolute_sum_);
  return t * options_.learning_rate;
}

void Lbfgs::arrive(const Tensor& x, double loss, const Tensor& g_new, const PointFacts& facts,
                   double least_curvature) {
  if (loss_) {
    history_.keep(facts.products(), least_curvature);
  } else {
    history_.meet(facts.products());
  }
  backend_.copy(x, point());
  backend_.copy(g_new, gradient());
  loss_ = loss;
  absolute_sum_ = facts.absolute_sum();
}

double Lbfgs::descent() {
  double slope = history_.direction(gradient(), d());
  if (slope >= 0 && !history_.empty()) {
    history_.clear();
    slope = history_.direction(gradient(), d());
  }
  questions_.measure_direction();
  return slope;
}

OptimizerResult Lbfgs::minimise_without_search(Objective& objective, const Tensor& x) {
  const Tensor g_new = vectors_[3];
  while (true) {
    const Evaluation evaluation = objective.evaluate(x, g_new, &questions_);
    if (!evaluation.finite) {
      return not_finite;
    }
    const bool first = !loss_;
    arrive(x, evaluation.loss, g_new, questions_.facts(), kLeastCurvature);
    history_.direction(gradient(), d());
    backend_.axpy(first ? gradient_step() : options_.learning_rate, d(), x);
    if (bounds_) {
      backend_.clamp(*bounds_, x);
    }
    if (evaluation.last) {
      return no_more_evaluations;
    }
  }
}

OptimizerResult Lbfgs::minimise_with_search(Objective& objective, const Tensor& x) {
  const Tensor g_new = vectors_[3];
  if (!loss_) {
    const Evaluation start = objective.evaluate(x, g_new, &questions_);
    if (!start.finite) {
      return not_finite;
    }
    arrive(x, start.loss, g_new, questions_.facts(), 0);
    if (start.last) {
      return no_more_evaluations;
    }
  }
  while (true) {
    const double slope = descent();
    if (!(slope < 0)) {
      return {Ending::kConverged, "the gradient is zero"};
    }
    const double t = history_.empty() ? gradient_step() : options_.learning_rate;
    if (!search_->trials().empty()) {
      questions_.answer_now(gradient());  // a search that goes on may narrow before it evaluates
    }
    const LineSearchResult found = search_->search(objective, point(), d(), x, t, *loss_, slope);
    if (!found.finite) {
      return not_finite;
    }
    if (found.point.t == 0) {
      backend_.copy(point(), x);
    } else {
      add_multiple(backend_, point(), found.point.t, d(), x);
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
      const Tensor g = search_->gradient(found.point);
      if (!questions_.are_about(g)) {
        questions_.propose(x, g);  // an earlier trial was the best
      }
      const PointFacts* facts = search_->facts(found.point);
      arrive(x, found.point.loss, g, facts != nullptr ? *facts : questions_.answer_now(g), 0);
      continue;
    }
    // The clamped picture is another point: its own loss and gradient are needed.
    const Evaluation clamped = objective.evaluate(x, g_new, &questions_);
    if (!clamped.finite) {
      return not_finite;
    }
    arrive(x, clamped.loss, g_new, questions_.facts(), 0);
    if (clamped.last) {
      return no_more_evaluations;
    }
  }
}

}  // namespace impasto
