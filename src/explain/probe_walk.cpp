#include "explain/probe_walk.hpp"

#include <algorithm>
#include <numeric>

#include "transfer/pictures.hpp"

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
  WalkOptions walk = parts.walk.options();
  walk.taps = taps_for(choices);
  walk.pooling = choices.pooling;
  return walk;
}

}  // namespace

WalkChoices choices_of(const ScaleParts& parts) {
  const Losses& losses = parts.walk.losses();
  const WalkOptions& walk = parts.walk.options();
  return {layer_terms(losses.content_terms(), walk.taps),
          layer_terms(losses.style_terms(), walk.taps), losses.weights(), walk.pooling, false};
}

ProbeWalk::ProbeWalk(const ScaleParts& parts, const WalkChoices& choices)
    : ProbeWalk(parts, choices, walk_for(parts, choices)) {}

ProbeWalk::ProbeWalk(const ScaleParts& parts, const WalkChoices& choices, const WalkOptions& walk)
    : walk_(parts.walk.prepared(), walk,
            {parts.walk.losses().forms(), tap_terms(choices.content, walk.taps),
             tap_terms(choices.style, walk.taps)}) {
  walk_.losses().set_weights(choices.weights);
  walk_.set_content_targets(device_picture(walk_.backend(), parts.content).get());
  walk_.set_style_targets(parts.styles, parts.blend);
}

LossValues ProbeWalk::evaluate(const Image& x, Image& dx) {
  Backend& backend = walk_.backend();
  const OwnedTensor picture = device_picture(backend, x);
  const OwnedTensor dpicture = device_picture(backend, x.width, x.height);
  const LossValues values = walk_.evaluate(picture.get(), dpicture.get());
  dx = download_image(backend, dpicture.get());
  return values;
}

}  // namespace impasto
