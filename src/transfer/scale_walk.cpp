#include "transfer/scale_walk.hpp"

#include "transfer/pictures.hpp"

namespace impasto {

ScaleWalk::ScaleWalk(PreparedNetwork& prepared, const WalkOptions& walk, const WalkTerms& terms)
    : prepared_(prepared),
      options_(walk),
      network_(prepared, walk),
      losses_(prepared.backend(), terms.forms, terms.content, terms.style, network_.tap_shapes()),
      visit_([this](std::size_t tap, const Tensor& feature, const Tensor& dfeature,
                    bool accumulate) { losses_.visit(tap, feature, dfeature, accumulate); }) {}

void ScaleWalk::set_content_targets(const Tensor& content) {
  const std::vector<LossTerm>& terms = losses_.content_terms();
  if (terms.empty()) {
    return;
  }
  network_.forward(content);
  for (std::size_t n = 0; n < terms.size(); ++n) {
    losses_.content_statistic().measure(backend(), network_.tap(terms[n].tap),
                                        losses_.content_target(n));
  }
}

void ScaleWalk::set_style_targets(const std::vector<Image>& styles,
                                  const std::vector<double>& blend) {
  const std::vector<LossTerm>& terms = losses_.style_terms();
  if (terms.empty()) {
    return;
  }
  Backend& backend = prepared_.backend();
  // Only the style taps are walked to, each once.
  WalkOptions style_walk = options_;
  style_walk.backward = false;
  style_walk.taps.clear();
  for (const LossTerm& term : terms) {
    style_walk.taps.push_back(options_.taps[term.tap]);
  }
  for (std::size_t n = 0; n < terms.size(); ++n) {
    backend.fill(0, losses_.style_target(n));
  }
  for (std::size_t picture = 0; picture < styles.size(); ++picture) {
    style_walk.picture = {3, styles[picture].height, styles[picture].width};
    Network network(prepared_, style_walk);
    const OwnedTensor style = device_picture(backend, styles[picture]);
    network.forward(style.get());
    for (std::size_t n = 0; n < terms.size(); ++n) {
      const Tensor target = losses_.style_target(n);
      const OwnedTensor statistic(backend, target.shape, target.layout);
      losses_.style_statistic().measure(backend, network.tap(n), statistic.get());
      backend.axpy(blend[picture], statistic.get(), target);
      backend.synchronize();
    }
  }
  for (std::size_t n = 0; n < terms.size(); ++n) {
    losses_.style_statistic().prepare(backend, losses_.style_target(n));
  }
}

void ScaleWalk::enqueue(const Tensor& picture, const Tensor& dpicture) {
  network_.forward(picture);
  network_.backward(visit_, dpicture);
  losses_.visit_pixels(picture, dpicture);
}

LossValues ScaleWalk::evaluate(const Tensor& picture, const Tensor& dpicture) {
  enqueue(picture, dpicture);
  return losses_.values();
}

}  // namespace impasto
