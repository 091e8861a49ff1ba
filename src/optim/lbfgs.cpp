#include "optim/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace impasto {
namespace {

/// torch's least yᵀs of a pair worth keeping.
constexpr double kLeastCurvature = 1e-10;

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
  if (!resumed_) {
    history_.clear();
  }
  return search_ ? minimise_with_search(objective, x) : minimise_without_search(objective, x);
}

OptimizerState Lbfgs::state() const {
  OptimizerState state{{options_.learning_rate}, history_.pairs()};
  if (!search_) {
    // The last point and its gradient: the next evaluation makes a pair with them.
    state.vectors.push_back(download_vector(backend_, vectors_[3]));
    state.vectors.push_back(download_vector(backend_, vectors_[1]));
  }
  return state;
}

void Lbfgs::resume(const OptimizerState& state) {
  const std::size_t last = search_ ? 0 : 2;
  const std::size_t count = state.vectors.size();
  require_state(state, 1, count >= last && count % 2 == 0);
  options_.learning_rate = state.numbers[0];
  history_.restore(
      {state.vectors.begin(), state.vectors.end() - static_cast<std::ptrdiff_t>(last)});
  if (last != 0) {
    upload_vector(backend_, state.vectors[count - 2], vectors_[3]);
    upload_vector(backend_, state.vectors[count - 1], vectors_[1]);
  }
  resumed_ = true;
}

double Lbfgs::first_step(const Tensor& g) {
  const double sum = scalar_.absolute_sum(g);
  return sum > 0 ? std::min(1.0, 1 / sum) * options_.learning_rate : options_.learning_rate;
}

void Lbfgs::remember(const Tensor& origin, const Tensor& x, const Tensor& g, const Tensor& g_new,
                     double least_curvature) {
  backend_.copy(x, history_.next_s());
  backend_.axpy(-1, origin, history_.next_s());
  backend_.copy(g_new, history_.next_y());
  backend_.axpy(-1, g, history_.next_y());
  history_.keep(least_curvature);
}

OptimizerResult Lbfgs::minimise_without_search(Objective& objective, const Tensor& x) {
  const Tensor g = vectors_[0];
  const Tensor g_last = vectors_[1];
  const Tensor d = vectors_[2];
  const Tensor origin = vectors_[3];
  for (bool first = !std::exchange(resumed_, false);; first = false) {
    const Evaluation evaluation = objective.evaluate(x, g);
    if (!evaluation.finite) {
      return {Ending::kNotFinite, "the loss or its gradient is not finite"};
    }
    if (!first) {
      remember(origin, x, g_last, g, kLeastCurvature);
    }
    const double t = first ? first_step(g) : options_.learning_rate;
    history_.direction(g, d);
    backend_.copy(x, origin);
    backend_.copy(g, g_last);
    backend_.axpy(t, d, x);
    if (bounds_) {
      backend_.clamp(*bounds_, x);
    }
    if (evaluation.last) {
      return {Ending::kLastEvaluation, ""};
    }
  }
}

OptimizerResult Lbfgs::minimise_with_search(Objective& objective, const Tensor& x) {
  const Tensor g = vectors_[0];
  const Tensor d = vectors_[1];
  const Tensor origin = vectors_[2];
  const Tensor g_clamped = vectors_[3];
  resumed_ = false;
  Evaluation current = objective.evaluate(x, g);
  while (true) {
    if (!current.finite) {
      return {Ending::kNotFinite, "the loss or its gradient is not finite"};
    }
    if (current.last) {
      return {Ending::kLastEvaluation, ""};
    }
    history_.direction(g, d);
    double slope = scalar_.dot(g, d);
    if (slope >= 0 && !history_.empty()) {
      // Rounding has spoilt the direction: it does not descend.
      history_.clear();
      history_.direction(g, d);
      slope = scalar_.dot(g, d);
    }
    if (!(slope < 0)) {
      return {Ending::kConverged, "the gradient is zero"};
    }
    const bool steepest = history_.empty();
    backend_.copy(x, origin);
    const LineSearchResult found =
        search_->search(objective, origin, d, x, steepest ? first_step(g) : options_.learning_rate,
                        current.loss, slope);
    backend_.copy(origin, x);
    if (!found.finite) {
      return {Ending::kNotFinite, "the loss or its gradient is not finite"};
    }
    if (found.point.t == 0) {
      if (found.last) {
        return {Ending::kLastEvaluation, ""};
      }
      if (steepest) {
        return {Ending::kConverged, "no step down the gradient lowers the loss any more"};
      }
      history_.clear();
      continue;
    }
    backend_.axpy(found.point.t, d, x);
    current = {found.point.loss, true, found.last};
    Tensor g_new = search_->gradient(found.point);
    if (bounds_) {
      backend_.clamp(*bounds_, x);
      if (!current.last) {
        // The clamped picture is another point: its own loss and gradient are needed.
        current = objective.evaluate(x, g_clamped);
        g_new = g_clamped;
        if (!current.finite) {
          continue;
        }
      }
    }
    remember(origin, x, g, g_new, 0);
    backend_.copy(g_new, g);
  }
}

}  // namespace impasto
