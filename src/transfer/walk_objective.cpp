#include "transfer/walk_objective.hpp"

#include <cmath>
#include <utility>

namespace impasto {

LossWalk::LossWalk(Network& network, Losses& losses)
    : network_(network),
      losses_(losses),
      visit_([this](std::size_t tap, const Tensor& feature, const Tensor& dfeature,
                    bool accumulate) { losses_.visit(tap, feature, dfeature, accumulate); }) {}

LossValues LossWalk::evaluate(const Tensor& picture, const Tensor& dpicture) {
  network_.forward(picture);
  network_.backward(visit_, dpicture);
  losses_.visit_pixels(picture, dpicture);
  return losses_.values();
}

WalkObjective::WalkObjective(Backend& backend, LossWalk& walk, const Shape& shape,
                             std::int64_t iterations, std::int64_t scale, RunState& run,
                             TransferObserver& observer,
                             std::function<void(std::int64_t, const Tensor&)> on_snapshot)
    : backend_(backend),
      walk_(walk),
      iterations_(iterations),
      scale_(scale),
      run_(run),
      observer_(observer),
      on_snapshot_(std::move(on_snapshot)),
      good_(backend, shape, 1),
      scalar_(backend) {}

bool WalkObjective::is_finite(const Tensor& x) {
  return std::isfinite(scalar_.absolute_max(x));
}

Evaluation WalkObjective::evaluate(const Tensor& x, const Tensor& dx) {
  const LossValues values = walk_.evaluate(x, dx);
  const double total = values.total();
  if (!std::isfinite(total) || !is_finite(dx) || !is_finite(x)) {
    return {total, false, false};
  }
  remember_good(x);
  ++done_;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - run_.start;
  run_.trace.push_back({static_cast<std::int64_t>(run_.trace.size()) + 1, scale_, total,
                        values.content, values.style, values.tv, seconds.count()});
  observer_.on_evaluation(run_.trace.back(), run_.planned);
  if (on_snapshot_) {
    on_snapshot_(run_.trace.back().iteration, x);
  }
  run_.stopped = run_.stopped || observer_.stop_requested();
  return {total, true, done_ >= iterations_ || run_.stopped};
}

}  // namespace impasto
