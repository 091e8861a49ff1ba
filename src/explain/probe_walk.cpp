#include "explain/probe_walk.hpp"

#include <algorithm>
#include <numeric>

#include "transfer/pictures.hpp"

namespace impasto {
namespace {

WalkOptions walk_for(const ScaleParts& parts, const WalkChoices& choices) {
  std::size_t deepest = 0;
  for (const std::vector<LossTerm>* terms : {&choices.terms.content, &choices.terms.style}) {
    for (const LossTerm& term : *terms) {
      deepest = std::max(deepest, term.tap);
    }
  }
  WalkOptions walk = every_layer(parts, deepest);
  walk.pooling = choices.pooling;
  return walk;
}

}  // namespace

WalkChoices choices_of(const ScaleParts& parts) {
  const Losses& losses = parts.walk.losses();
  const auto by_layer = [&](std::vector<LossTerm> terms) {
    for (LossTerm& term : terms) {
      term.tap = parts.walk.options().taps[term.tap];
    }
    return terms;
  };
  return {{losses.forms(), by_layer(losses.content_terms()), by_layer(losses.style_terms())},
          losses.weights(),
          parts.walk.options().pooling};
}

std::size_t deepest_layer(const ScaleParts& parts) {
  const std::vector<std::size_t>& taps = parts.walk.options().taps;
  return *std::max_element(taps.begin(), taps.end());
}

WalkOptions every_layer(const ScaleParts& parts, std::size_t deepest) {
  WalkOptions walk = parts.walk.options();
  walk.taps.resize(deepest + 1);
  std::iota(walk.taps.begin(), walk.taps.end(), std::size_t{0});
  return walk;
}

ProbeWalk::ProbeWalk(const ScaleParts& parts, const WalkChoices& choices)
    : ScaleWalk(parts.walk.prepared(), walk_for(parts, choices), choices.terms) {
  losses().set_weights(choices.weights);
  set_content_targets(device_picture(backend(), parts.content).get());
  set_style_targets(parts.styles, parts.blend);
}

LossValues ProbeWalk::evaluate(const Image& x, Image& dx) {
  const OwnedTensor picture = device_picture(backend(), x);
  const OwnedTensor dpicture = device_picture(backend(), x.width, x.height);
  const LossValues values = ScaleWalk::evaluate(picture.get(), dpicture.get());
  dx = download_image(backend(), dpicture.get());
  return values;
}

double evaluate_variation(const ScaleParts& parts, const Image& x, Image& dx) {
  Backend& backend = parts.walk.backend();
  const OwnedTensor picture = device_picture(backend, x);
  const OwnedTensor dpicture = device_picture(backend, x.width, x.height);
  parts.walk.losses().visit_pixels(picture.get(), dpicture.get());
  dx = download_image(backend, dpicture.get());
  return parts.walk.losses().values().tv;
}

}  // namespace impasto
