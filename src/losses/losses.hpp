// All loss terms of one run at one size: content and style at the taps, total variation on the
// pixels.
//
//   L = content_weight · Σ_l w_l content_l + style_weight · Σ_l v_l style_l + tv_weight · TV
#pragma once

#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "losses/statistic.hpp"

namespace impasto {

/// One evaluation's weighted parts, which add up to the total, and how large its gradient is.
struct LossValues {
  double content = 0;
  double style = 0;
  double tv = 0;
  double gradient = 0;  ///< the largest |∂L/∂pixel| that visit_gradient saw; 0 if it was not called
  [[nodiscard]] double total() const { return content + style + tv; }
  [[nodiscard]] bool is_finite() const { return std::isfinite(total()) && std::isfinite(gradient); }
};

/// A content or style term at tap `tap` (an index into the walk's taps). `weight` is the layer's
/// w_l or v_l with any layer reduction applied, without content_weight or style_weight.
struct LossTerm {
  std::size_t tap = 0;
  double weight = 1;
};

struct LossForms {
  ContentLoss content = ContentLoss::kMean;
  GramForm gram = GramForm::kPositions;
  StyleLoss style = StyleLoss::kMean;
};

/// Which part a gradient is wanted of; --balance compares their sizes.
struct LossWeights {
  double content = 1;
  double style = 1;
  double tv = 0;
};

/// Bytes that Losses will allocate for these terms, and the backend for their gradients.
std::size_t loss_bytes(const Backend& backend, const LossForms& forms,
                       const std::vector<LossTerm>& content, const std::vector<LossTerm>& style,
                       const std::vector<Shape>& features);

/// The statistic that style terms of these forms compare: the one place that chooses it.
std::unique_ptr<Statistic> style_statistic(const LossForms& forms);

class Losses {
 public:
  /// `features[n]` is the shape at tap n of the picture that will be optimised.
  /// Allocates targets and workspace; throws DeviceError when there is not enough memory.
  Losses(Backend& backend, const LossForms& forms, std::vector<LossTerm> content,
         std::vector<LossTerm> style, const std::vector<Shape>& features);

  /// The targets of content and style term n, statistics of its tap: to be filled before the first
  /// evaluation.
  [[nodiscard]] Tensor content_target(std::size_t n) const { return content_.targets[n]; }
  [[nodiscard]] Tensor style_target(std::size_t n) const { return style_.targets[n]; }

  [[nodiscard]] const Statistic& content_statistic() const { return *content_.statistic; }
  [[nodiscard]] const Statistic& style_statistic() const { return *style_.statistic; }

  /// Terms with weight zero are skipped: they cost nothing and their value is 0.
  void set_weights(const LossWeights& weights) { weights_ = weights; }
  [[nodiscard]] const LossWeights& weights() const { return weights_; }

  /// v_l of style term n, instead of the one it was made with.
  void set_style_term_weight(std::size_t n, double weight) { style_.terms[n].weight = weight; }

  /// Every term at tap `tap`: remembers values, and adds (or at first overwrites) gradients. See
  /// TapVisitor. With an empty dfeature (and `accumulate`) only values are made.
  void visit(std::size_t tap, const Tensor& feature, const Tensor& dfeature, bool accumulate);

  /// The term on the pixels; dpicture +=.
  void visit_pixels(const Tensor& picture, const Tensor& dpicture);

  /// Notes beside the values how large the finished gradient is, or that it is not finite.
  void visit_gradient(const Tensor& dpicture);

  /// The values of the last visits. Waits for the device.
  LossValues values();

  /// Where visits leave their values: `slot_count` scalars, to be summed by values_of.
  [[nodiscard]] Scalar slots() const { return slot(0); }
  [[nodiscard]] std::size_t slot_count() const { return host_slots_.size(); }
  /// The weighted parts that a copy of the slots holds.
  [[nodiscard]] LossValues values_of(std::span<const double> slots) const;

  [[nodiscard]] const std::vector<LossTerm>& content_terms() const { return content_.terms; }
  [[nodiscard]] const std::vector<LossTerm>& style_terms() const { return style_.terms; }
  [[nodiscard]] const LossForms& forms() const { return forms_; }
  [[nodiscard]] std::size_t bytes() const { return memory_->bytes(); }

 private:
  /// The terms of one of the two parts.
  struct Part {
    std::unique_ptr<Statistic> statistic;
    std::vector<LossTerm> terms;
    std::vector<Tensor> targets;  ///< one per term
    std::size_t first_slot = 0;   ///< that of the first term
  };

  /// The part's terms at this tap. Returns whether dfeature has been written.
  bool visit_part(const Part& part, double part_weight, std::size_t tap, const Tensor& feature,
                  const Tensor& dfeature, bool written);
  [[nodiscard]] Scalar slot(std::size_t n) const;
  [[nodiscard]] std::size_t tv_slot() const { return host_slots_.size() - 2; }
  [[nodiscard]] std::size_t gradient_slot() const { return host_slots_.size() - 1; }

  Backend& backend_;
  LossForms forms_;
  Part content_;
  Part style_;
  LossWeights weights_;
  std::byte* workspace_ = nullptr;  // large enough for every tap's; taps take turns
  Tensor slots_;                    // one double per content term, per style term, TV, gradient
  std::vector<double> host_slots_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace impasto
