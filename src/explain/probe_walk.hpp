// A walk beside a run: the same pictures and weights, with choices of its own.
#pragma once

#include <vector>

#include "backend/owned_tensor.hpp"
#include "transfer/run_probe.hpp"
#include "transfer/scale_walk.hpp"

namespace impasto {

/// A loss term by layer instead of by tap.
struct LayerTerm {
  std::size_t layer = 0;
  double weight = 1;  ///< as LossTerm's
};

/// What a walk may do otherwise than its run.
struct WalkChoices {
  std::vector<LayerTerm> content;
  std::vector<LayerTerm> style;
  LossWeights weights;
  Pooling pooling = Pooling::kMax;
  bool every_layer = false;  ///< every layer up to the deepest term is tapped, not only the terms'
};

/// The run's own choices.
WalkChoices choices_of(const ScaleParts& parts);

class ProbeWalk {
 public:
  /// Makes the targets anew, by walks of the content and style pictures.
  ProbeWalk(const ScaleParts& parts, const WalkChoices& choices);
  ProbeWalk(const ProbeWalk&) = delete;
  ProbeWalk& operator=(const ProbeWalk&) = delete;
  ProbeWalk(ProbeWalk&&) = delete;
  ProbeWalk& operator=(ProbeWalk&&) = delete;
  ~ProbeWalk() = default;

  [[nodiscard]] Network& network() { return walk_.network(); }
  [[nodiscard]] Losses& losses() { return walk_.losses(); }
  /// The layer of each tap.
  [[nodiscard]] const std::vector<std::size_t>& layers() const { return walk_.options().taps; }

  /// The losses' values and gradient at x (3 × H × W, normalised). dx =.
  LossValues evaluate(const Image& x, Image& dx);

 private:
  ProbeWalk(const ScaleParts& parts, const WalkChoices& choices, const WalkOptions& walk);

  ScaleWalk walk_;
};

}  // namespace impasto
