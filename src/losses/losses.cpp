#include "losses/losses.hpp"

#include <algorithm>
#include <utility>

#include "losses/content.hpp"
#include "losses/gram_style.hpp"
#include "losses/wasserstein.hpp"

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
  std::size_t workspace_at = 0;
  std::size_t slots_at = 0;
  std::size_t slot_count = 0;
  std::size_t bytes = 0;
};

/// The terms' targets, one after another; their largest workspace is left in `workspace`.
std::vector<std::size_t> carve_targets(const Backend& backend, const Statistic& statistic,
                                       const std::vector<LossTerm>& terms,
                                       const std::vector<Shape>& features, Carver& carver,
                                       std::size_t& workspace) {
  std::vector<std::size_t> places;
  for (const LossTerm& term : terms) {
    const TensorForm target = statistic.form(features[term.tap]);
    const TensorForm beside = statistic.workspace(features[term.tap]);
    places.push_back(carver.take(backend.bytes_of(target.shape, target.layout)));
    workspace = std::max(workspace, backend.bytes_of(beside.shape, beside.layout));
  }
  return places;
}

LossLayout layout_of(const Backend& backend, const Statistic& content_statistic,
                     const Statistic& style_statistic, const std::vector<LossTerm>& content,
                     const std::vector<LossTerm>& style, const std::vector<Shape>& features) {
  LossLayout layout;
  Carver carver;
  std::size_t workspace = 0;
  layout.content_at =
      carve_targets(backend, content_statistic, content, features, carver, workspace);
  layout.style_at = carve_targets(backend, style_statistic, style, features, carver, workspace);
  layout.workspace_at = carver.take(workspace);
  layout.slot_count = content.size() + style.size() + 2;
  layout.slots_at = carver.take(
      storage_bytes(static_cast<std::int64_t>(layout.slot_count), ElementType::kFloat64));
  layout.bytes = carver.bytes();
  return layout;
}

Tensor tensor_at(const Backend& backend, std::byte* data, const TensorForm& form) {
  return {data, form.shape, backend.element_type(form.layout), form.layout};
}

std::vector<Tensor> tensors_at(const Backend& backend, std::byte* block,
                               const std::vector<std::size_t>& places, const Statistic& statistic,
                               const std::vector<LossTerm>& terms,
                               const std::vector<Shape>& features) {
  std::vector<Tensor> tensors;
  for (std::size_t n = 0; n < terms.size(); ++n) {
    tensors.push_back(
        tensor_at(backend, block + places[n], statistic.form(features[terms[n].tap])));
  }
  return tensors;
}

}  // namespace

std::unique_ptr<Statistic> style_statistic(const LossForms& forms) {
  return forms.style == StyleLoss::kWasserstein ? wasserstein_statistic()
                                                : gram_statistic(forms.gram, forms.style);
}

std::size_t loss_bytes(const Backend& backend, const LossForms& forms,
                       const std::vector<LossTerm>& content, const std::vector<LossTerm>& style,
                       const std::vector<Shape>& features) {
  const auto of_content = content_statistic(forms.content);
  const auto of_style = style_statistic(forms);
  std::size_t scratch = 0;
  for (const auto& [statistic, terms] :
       {std::pair{of_content.get(), &content}, std::pair{of_style.get(), &style}}) {
    for (const LossTerm& term : *terms) {
      scratch = std::max(scratch, statistic->scratch_bytes(backend, features[term.tap]));
    }
  }
  return layout_of(backend, *of_content, *of_style, content, style, features).bytes + scratch;
}

Losses::Losses(Backend& backend, const LossForms& forms, std::vector<LossTerm> content,
               std::vector<LossTerm> style, const std::vector<Shape>& features)
    : backend_(backend), forms_(forms) {
  content_.statistic = impasto::content_statistic(forms.content);
  content_.terms = std::move(content);
  style_.statistic = impasto::style_statistic(forms);
  style_.terms = std::move(style);
  style_.first_slot = content_.terms.size();
  const LossLayout layout = layout_of(backend, *content_.statistic, *style_.statistic,
                                      content_.terms, style_.terms, features);
  memory_ = backend.allocate(layout.bytes);
  std::byte* const block = memory_->data();
  content_.targets =
      tensors_at(backend, block, layout.content_at, *content_.statistic, content_.terms, features);
  style_.targets =
      tensors_at(backend, block, layout.style_at, *style_.statistic, style_.terms, features);
  workspace_ = block + layout.workspace_at;
  slots_ = {block + layout.slots_at, flat(static_cast<std::int64_t>(layout.slot_count)),
            ElementType::kFloat64, Layout::kPlain};
  host_slots_.resize(layout.slot_count);
}

Scalar Losses::slot(std::size_t n) const {
  return {static_cast<double*>(slots_.data) + n};
}

bool Losses::visit_part(const Part& part, double part_weight, std::size_t tap,
                        const Tensor& feature, const Tensor& dfeature, bool written) {
  for (std::size_t n = 0; n < part.terms.size(); ++n) {
    const double weight = part_weight * part.terms[n].weight;
    if (part.terms[n].tap == tap && weight != 0) {
      const Tensor workspace =
          tensor_at(backend_, workspace_, part.statistic->workspace(feature.shape));
      part.statistic->compare(backend_, weight, feature, part.targets[n], workspace,
                              slot(part.first_slot + n), dfeature, written);
      written = true;
    }
  }
  return written;
}

void Losses::visit(std::size_t tap, const Tensor& feature, const Tensor& dfeature,
                   bool accumulate) {
  bool written = visit_part(content_, weights_.content, tap, feature, dfeature, accumulate);
  written = visit_part(style_, weights_.style, tap, feature, dfeature, written);
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
  const auto sum_of = [&](const Part& part, double part_weight) {
    double sum = 0;
    for (std::size_t n = 0; n < part.terms.size(); ++n) {
      sum += part_weight * part.terms[n].weight != 0 ? slots[part.first_slot + n] : 0;
    }
    return sum;
  };
  values.content = sum_of(content_, weights_.content);
  values.style = sum_of(style_, weights_.style);
  values.tv = weights_.tv != 0 ? slots[tv_slot()] : 0;
  values.gradient = slots[gradient_slot()];
  return values;
}

}  // namespace impasto
