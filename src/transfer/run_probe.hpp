// A look into a run from within, for those who explain it.
#pragma once

#include <cstdint>
#include <vector>

#include "image/normalise.hpp"
#include "impasto/transfer.hpp"
#include "optim/optimizer.hpp"
#include "transfer/scale_walk.hpp"

namespace impasto {

/// What a scale of a run is made of; valid while the scale lasts.
struct ScaleParts {
  ScaleWalk& walk;  ///< targets filled, weights as used
  const Normalisation& normalisation;
  const Image& content;              ///< normalised, of the scale's size
  const std::vector<Image>& styles;  ///< normalised, each of its own size
  const std::vector<double>& blend;  ///< style weights that sum to 1
};

/// Every member has a default that does nothing.
class RunProbe {
 public:
  RunProbe() = default;
  RunProbe(const RunProbe&) = delete;
  RunProbe& operator=(const RunProbe&) = delete;
  RunProbe(RunProbe&&) = delete;
  RunProbe& operator=(RunProbe&&) = delete;
  virtual ~RunProbe() = default;

  virtual void on_scale_begin(const ScaleParts& /*parts*/) {}
  /// A finite evaluation, counted from 1: the picture and its gradient, in the network's input
  /// space. Both are the run's own: to be read, not written.
  virtual void on_evaluation(std::int64_t /*iteration*/, const Tensor& /*x*/,
                             const Tensor& /*dx*/) {}
  /// The scale's evaluations are done: x, in the network's input space, is its result.
  virtual void on_scale_end(const ScaleParts& /*parts*/, const Image& /*x*/,
                            const OptimizerState& /*optimizer*/) {}
};

}  // namespace impasto
