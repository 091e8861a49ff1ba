#include "transfer/balance.hpp"

#include <algorithm>
#include <cmath>

#include "impasto/error.hpp"
#include "transfer/pictures.hpp"

namespace impasto {

double balanced_style_weight(Backend& backend, LossWalk& walk, const Image& start, double ratio) {
  const auto quarter = [](std::int64_t pixels) {
    return std::max<std::int64_t>(1, (pixels + 3) / 4);
  };
  const Image blurred =
      resize(resize(start, quarter(start.width), quarter(start.height)), start.width, start.height);
  const OwnedTensor picture = device_picture(backend, blurred);
  const OwnedTensor gradient = device_picture(backend, start.width, start.height);
  HostScalar scalar(backend);
  const LossWeights weights = walk.losses().weights();
  const auto gradient_norm = [&](const LossWeights& part) {
    walk.losses().set_weights(part);
    walk.evaluate(picture.get(), gradient.get());
    return std::sqrt(scalar.dot(gradient.get(), gradient.get()));
  };
  const double content = gradient_norm({weights.content, 0, 0});
  const double style = gradient_norm({0, weights.style, 0});
  walk.losses().set_weights(weights);
  if (!(content > 0) || !(style > 0) || !std::isfinite(content) || !std::isfinite(style)) {
    throw UsageError("the content or style loss has no gradient to balance", "--balance",
                     "give the weights themselves with --content-weight and --style-weight");
  }
  return weights.style * ratio * content / style;
}

}  // namespace impasto
