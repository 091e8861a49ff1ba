#include "explain/probe_walk.hpp"

#include <algorithm>
#include <numeric>

#include "transfer/pictures.hpp"
#include "transfer/targets.hpp"

namespace impasto {
namespace {

std::vector<LayerTerm> layer_terms(const std::vector<LossTerm>& terms,
                                   const std::vector<std::size_t>& taps) {
  std::vector<LayerTerm> result;
  result.reserve(terms.size());
  for (const LossTerm& term : terms) {
    result.push_back({taps[term.tap], term.weight});
  }
  return result;
}

std::vector<std::size_t> taps_for(const WalkChoices& choices) {
  std::vector<std::size_t> taps;
  for (const std::vector<LayerTerm>* terms : {&choices.content, &choices.style}) {
    for (const LayerTerm& term : *terms) {
      taps.push_back(term.layer);
    }
  }
  std::sort(taps.begin(), taps.end());
  taps.erase(std::unique(taps.begin(), taps.end()), taps.end());
  if (choices.every_layer) {
    taps.resize(taps.back() + 1);
    std::iota(taps.begin(), taps.end(), std::size_t{0});
  }
  return taps;
}

std::vector<LossTerm> tap_terms(const std::vector<LayerTerm>& terms,
                                const std::vector<std::size_t>& taps) {
  std::vector<LossTerm> result;
  for (const LayerTerm& term : terms) {
    const auto found = std::find(taps.begin(), taps.end(), term.layer);
    result.push_back({static_cast<std::size_t>(found - taps.begin()), term.weight});
  }
  return result;
}

WalkOptions walk_for(const ScaleParts& parts, const WalkChoices& choices) {
  WalkOptions walk = parts.walk;
  walk.taps = taps_for(choices);
  walk.pooling = choices.pooling;
  return walk;
}

}  // namespace

WalkChoices choices_of(const ScaleParts& parts) {
  return {layer_terms(parts.taps.content, parts.taps.taps),
          layer_terms(parts.taps.style, parts.taps.taps), parts.losses.weights(),
          parts.walk.pooling, false};
}

ProbeWalk::ProbeWalk(const ScaleParts& parts, const WalkChoices& choices)
    : backend_(parts.backend),
      walk_(walk_for(parts, choices)),
      network_(parts.prepared, walk_),
      losses_(backend_, parts.losses.forms(), tap_terms(choices.content, walk_.taps),
              tap_terms(choices.style, walk_.taps), network_.tap_shapes()) {
  losses_.set_weights(choices.weights);
  set_content_targets(backend_, network_, device_picture(backend_, parts.content).get(), losses_);
  set_style_targets(parts.prepared, walk_, parts.styles, parts.blend, losses_);
}

LossValues ProbeWalk::evaluate(const Image& x, Image& dx) {
  const OwnedTensor picture = device_picture(backend_, x);
  const OwnedTensor dpicture = device_picture(backend_, x.width, x.height);
  LossWalk walk(network_, losses_);
  const LossValues values = walk.evaluate(picture.get(), dpicture.get());
  dx = download_image(backend_, dpicture.get());
  return values;
}

}  // namespace impasto
