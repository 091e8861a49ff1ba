#include "transfer/balance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "impasto/error.hpp"
#include "optim/vectors.hpp"
#include "presets/presets.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

Image blurred(const Image& picture) {
  const auto quarter = [](std::int64_t pixels) {
    return std::max<std::int64_t>(1, (pixels + 3) / 4);
  };
  return resize(resize(picture, quarter(picture.width), quarter(picture.height)), picture.width,
                picture.height);
}

/// Norms of pixel gradients at one picture.
class GradientNorms {
 public:
  GradientNorms(Backend& backend, ScaleWalk& walk, const Image& picture)
      : walk_(walk),
        picture_(device_picture(backend, picture)),
        gradient_(device_picture(backend, picture.width, picture.height)),
        scalar_(backend) {}

  /// Of the losses with these weights, which they keep.
  double of(const LossWeights& weights) {
    walk_.losses().set_weights(weights);
    walk_.evaluate(picture_.get(), gradient_.get());
    return std::sqrt(scalar_.dot(gradient_.get(), gradient_.get()));
  }

 private:
  ScaleWalk& walk_;
  OwnedTensor picture_;
  OwnedTensor gradient_;
  HostScalar scalar_;
};

void require_gradient(double norm) {
  if (!(norm > 0) || !std::isfinite(norm)) {
    throw UsageError("the content or style loss has no gradient to balance", "--balance",
                     "give the weights themselves with --content-weight and --style-weight");
  }
}

void raise_faint_style_layers(Losses& losses, GradientNorms& norms) {
  const std::vector<LossTerm> terms = losses.style_terms();
  for (std::size_t n = 0; n < terms.size(); ++n) {
    losses.set_style_term_weight(n, 0);
  }
  std::vector<double> gradients;
  for (std::size_t n = 0; n < terms.size(); ++n) {
    losses.set_style_term_weight(n, terms[n].weight);
    gradients.push_back(norms.of({0, 1, 0}));
    losses.set_style_term_weight(n, 0);
  }
  const double least = kLeastStyleShare * *std::max_element(gradients.begin(), gradients.end());
  for (std::size_t n = 0; n < terms.size(); ++n) {
    const double factor = gradients[n] > 0 ? std::max(1.0, least / gradients[n]) : 1.0;
    losses.set_style_term_weight(n, terms[n].weight * factor);
  }
}

}  // namespace

double balanced_style_weight(Backend& backend, ScaleWalk& walk, const Image& picture,
                             double ratio) {
  GradientNorms norms(backend, walk, blurred(picture));
  const LossWeights weights = walk.losses().weights();
  const double content = norms.of({weights.content, 0, 0});
  const double style = norms.of({0, weights.style, 0});
  walk.losses().set_weights(weights);
  require_gradient(content);
  require_gradient(style);
  return weights.style * ratio * content / style;
}

double automatic_ratio(const TransferOptions& options) {
  // With a gradient as long, w2 takes more of the photograph away. Chosen by eye.
  const double of_loss = options.style_loss == StyleLoss::kWasserstein ? 0.3 : 1;
  return options.strength * find_preset(options.preset).balance * of_loss;
}

LossWeights automatic_weights(Backend& backend, ScaleWalk& walk, const Image& picture,
                              double ratio) {
  GradientNorms norms(backend, walk, blurred(picture));
  const LossWeights weights = walk.losses().weights();
  raise_faint_style_layers(walk.losses(), norms);
  const double content = norms.of({1, 0, 0});
  const double style = norms.of({0, 1, 0});
  walk.losses().set_weights(weights);
  require_gradient(content);
  require_gradient(style);
  return {weights.content / content, ratio * weights.content / style, weights.tv};
}

}  // namespace impasto
