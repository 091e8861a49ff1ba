// Network, losses and targets for pictures of one size: the only place that puts them together, for
// transfers, benchmarks, gradient checks and explanations alike.
#pragma once

#include <vector>

#include "impasto/image.hpp"
#include "losses/losses.hpp"
#include "network/network.hpp"

namespace impasto {

/// What the losses compare at which of a walk's taps.
struct WalkTerms {
  LossForms forms;
  std::vector<LossTerm> content;
  std::vector<LossTerm> style;
};

/// Loss and gradient at a picture, by one walk forward and backward.
class ScaleWalk {
 public:
  /// `prepared` must outlive this; `walk` has the picture's size and the taps that terms speak of.
  /// Allocates all that the walk takes; throws as Network and Losses. The losses' weights are
  /// LossWeights' own until they are set, and the targets are open.
  ScaleWalk(PreparedNetwork& prepared, const WalkOptions& walk, const WalkTerms& terms);
  ScaleWalk(const ScaleWalk&) = delete;
  ScaleWalk& operator=(const ScaleWalk&) = delete;
  ScaleWalk(ScaleWalk&&) = delete;
  ScaleWalk& operator=(ScaleWalk&&) = delete;
  ~ScaleWalk() = default;

  /// Fills the content targets with the features of `content`, a normalised picture of the walk's
  /// size (3 × H × W).
  void set_content_targets(const Tensor& content);

  /// Fills the style targets: A = Σ wᵢ Sᵢ over the style pictures' statistics (normalised pictures,
  /// each of its own size). `blend`, the wᵢ, sums to 1.
  void set_style_targets(const std::vector<Image>& styles, const std::vector<double>& blend);

  /// Only enqueues: the values stay in the losses' slots. dpicture =.
  void enqueue(const Tensor& picture, const Tensor& dpicture);
  /// The same, and waits for the values.
  LossValues evaluate(const Tensor& picture, const Tensor& dpicture);

  [[nodiscard]] Backend& backend() { return prepared_.backend(); }
  [[nodiscard]] PreparedNetwork& prepared() { return prepared_; }
  [[nodiscard]] const WalkOptions& options() const { return options_; }
  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] Losses& losses() { return losses_; }

 private:
  PreparedNetwork& prepared_;
  WalkOptions options_;
  Network network_;
  Losses losses_;
  TapVisitor visit_;
};

}  // namespace impasto
