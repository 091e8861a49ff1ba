// The optimiser's insides, from outside.
#pragma once

#include "explain/explanation.hpp"
#include "explain/watch.hpp"

namespace impasto {

/// Adam's moments and steps along one pixel channel's gradients, as the reference backend makes
/// them. `next` is the value that the run's last update made; `bounds`, where given, are what
/// pixels are clamped to.
struct AdamPath {
  std::vector<AdamMoments> steps;
  double deviation = 0;  ///< largest |x + step − the run's next x|
};
AdamPath adam_path(const AdamRule& rule, const WorkedChannel& channel, double next,
                   const std::optional<std::pair<double, double>>& bounds);

/// The curvature pairs of an L-BFGS state: s, y, s, y, …, oldest first.
std::vector<CurvaturePair> curvature_pairs(const OptimizerState& state);

/// What the options' optimiser did in this run.
OptimizerView optimizer_view(const ScaleParts& parts, const WatchedRun& record,
                             const TransferOptions& options);

}  // namespace impasto
