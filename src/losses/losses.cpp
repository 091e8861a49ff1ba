#include "losses/losses.hpp"

#include <algorithm>
#include <utility>

#include "losses/content.hpp"
#include "losses/style.hpp"

namespace impasto {
namespace {

/// Hands out consecutive pieces of a block that is allocated afterwards, when its size is known.
class Carver {
 public:
  std::size_t take(std::size_t bytes) {
    const std::size_t offset = bytes_;
    bytes_ += bytes;
    return offset;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

/// Where everything lies in one block, by offset.
struct LossLayout {
  std::vector<std::size_t> content_at;
  std::vector<std::size_t> style_at;
  std::size_t gram_at = 0;
  std::int64_t widest = 0;  ///< N of the largest Gram matrix
  std::size_t slots_at = 0;
  std::size_t slot_count = 0;
  std::size_t bytes = 0;
};

LossLayout layout_of(const Backend& backend, const std::vector<LossTerm>& content,
                     const std::vector<LossTerm>& style, const std::vector<Shape>& features) {
  LossLayout layout;
  Carver carver;
  for (const LossTerm& term : content) {
    layout.content_at.push_back(
        carver.take(backend.bytes_of(features[term.tap], Layout::kFeature)));
  }
  for (const LossTerm& term : style) {
    const std::int64_t n = features[term.tap].channels;
    layout.style_at.push_back(carver.take(backend.bytes_of(square_matrix(n), Layout::kPlain)));
    layout.widest = std::max(layout.widest, n);
  }
  layout.gram_at = carver.take(backend.bytes_of(square_matrix(layout.widest), Layout::kPlain));
  layout.slot_count = content.size() + style.size() + 2;
  layout.slots_at = carver.take(
      storage_bytes(static_cast<std::int64_t>(layout.slot_count), ElementType::kFloat64));
  layout.bytes = carver.bytes();
  return layout;
}

}  // namespace

std::size_t loss_bytes(const Backend& backend, const std::vector<LossTerm>& content,
                       const std::vector<LossTerm>& style, const std::vector<Shape>& features) {
  return layout_of(backend, content, style, features).bytes;
}

Losses::Losses(Backend& backend, const LossForms& forms, std::vector<LossTerm> content,
               std::vector<LossTerm> style, const std::vector<Shape>& features)
    : backend_(backend), forms_(forms), content_(std::move(content)), style_(std::move(style)) {
  const LossLayout layout = layout_of(backend, content_, style_, features);
  memory_ = backend.allocate(layout.bytes);
  for (std::size_t n = 0; n < content_.size(); ++n) {
    content_targets_.push_back({memory_->data() + layout.content_at[n], features[content_[n].tap],
                                backend.feature_type(), Layout::kFeature});
  }
  for (std::size_t n = 0; n < style_.size(); ++n) {
    style_targets_.push_back({memory_->data() + layout.style_at[n],
                              square_matrix(features[style_[n].tap].channels), backend.pixel_type(),
                              Layout::kPlain});
  }
  gram_ = {memory_->data() + layout.gram_at, square_matrix(layout.widest), backend.pixel_type(),
           Layout::kPlain};
  slots_ = {memory_->data() + layout.slots_at, flat(static_cast<std::int64_t>(layout.slot_count)),
            ElementType::kFloat64, Layout::kPlain};
  host_slots_.resize(layout.slot_count);
}

Tensor Losses::content_target(std::size_t n) const {
  return content_targets_[n];
}

Tensor Losses::style_target(std::size_t n) const {
  return style_targets_[n];
}

Scalar Losses::slot(std::size_t n) const {
  return {static_cast<double*>(slots_.data) + n};
}

void Losses::visit(std::size_t tap, const Tensor& feature, const Tensor& dfeature,
                   bool accumulate) {
  bool written = accumulate;
  for (std::size_t n = 0; n < content_.size(); ++n) {
    const double weight = weights_.content * content_[n].weight;
    if (content_[n].tap == tap && weight != 0) {
      content_loss(backend_, forms_.content, weight, feature, content_targets_[n], slot(n),
                   dfeature, written);
      written = true;
    }
  }
  for (std::size_t n = 0; n < style_.size(); ++n) {
    const double weight = weights_.style * style_[n].weight;
    if (style_[n].tap == tap && weight != 0) {
      Tensor gram = gram_;
      gram.shape = style_targets_[n].shape;
      style_loss(backend_, forms_.gram, forms_.style, weight, feature, style_targets_[n], gram,
                 slot(content_.size() + n), dfeature, written);
      written = true;
    }
  }
  if (!written) {
    // The deepest tap must hand on some gradient, even if its every weight is zero.
    backend_.squared_difference(0, feature, feature, slot(tv_slot()), dfeature, false);
  }
}

void Losses::visit_pixels(const Tensor& picture, const Tensor& dpicture) {
  if (weights_.tv != 0) {
    backend_.total_variation(weights_.tv, picture, slot(tv_slot()), dpicture);
  }
}

void Losses::visit_gradient(const Tensor& dpicture) {
  backend_.absolute_max(dpicture, slot(gradient_slot()));
}

LossValues Losses::values() {
  backend_.read_scalars(slots(), host_slots_);
  return values_of(host_slots_);
}

LossValues Losses::values_of(std::span<const double> slots) const {
  LossValues values;
  for (std::size_t n = 0; n < content_.size(); ++n) {
    values.content += weights_.content * content_[n].weight != 0 ? slots[n] : 0;
  }
  for (std::size_t n = 0; n < style_.size(); ++n) {
    values.style += weights_.style * style_[n].weight != 0 ? slots[content_.size() + n] : 0;
  }
  values.tv = weights_.tv != 0 ? slots[tv_slot()] : 0;
  values.gradient = slots[gradient_slot()];
  return values;
}

}  // namespace impasto
