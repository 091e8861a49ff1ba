// A walk beside a run: the same pictures and weights, with choices of its own.
#pragma once

#include "transfer/run_probe.hpp"
#include "transfer/scale_walk.hpp"

namespace impasto {

/// What a walk may do otherwise than its run. Its taps are the layers, all of them up to the
/// deepest that a term speaks of, so that a term's tap is the number of its layer.
struct WalkChoices {
  WalkTerms terms;
  LossWeights weights;
  Pooling pooling = Pooling::kMax;
};

/// The run's own choices.
WalkChoices choices_of(const ScaleParts& parts);

/// The deepest layer that the run looks at.
std::size_t deepest_layer(const ScaleParts& parts);

/// The run's walk with every layer up to `deepest` tapped.
WalkOptions every_layer(const ScaleParts& parts, std::size_t deepest);

class ProbeWalk final : public ScaleWalk {
 public:
  /// Makes the targets anew, by walks of the content and style pictures.
  ProbeWalk(const ScaleParts& parts, const WalkChoices& choices);

  /// The losses' values and gradient at x (3 × H × W, normalised). dx =.
  LossValues evaluate(const Image& x, Image& dx);
};

/// Total variation and its gradient at x, of the run's weight. dx =.
double evaluate_variation(const ScaleParts& parts, const Image& x, Image& dx);

}  // namespace impasto
