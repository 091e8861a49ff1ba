#include "image/normalise.hpp"

#include <algorithm>

namespace impasto {
namespace {

template <typename Map>
Image map_channels(const Image& picture, const Map& map) {
  Image result = picture;
  const auto positions = static_cast<std::size_t>(picture.pixels());
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t n = channel * positions; n < (channel + 1) * positions; ++n) {
      result.rgb[n] = static_cast<float>(map(static_cast<double>(picture.rgb[n]), channel));
    }
  }
  return result;
}

}  // namespace

Normalisation Normalisation::of(const NetworkWeights& weights) {
  Normalisation result;
  result.range = weights.family == WeightFamily::kCaffe ? 255 : 1;
  std::copy(weights.mean.begin(), weights.mean.end(), result.mean.begin());
  std::copy(weights.std.begin(), weights.std.end(), result.std.begin());
  if (weights.order == ChannelOrder::kBgr) {
    std::reverse(result.mean.begin(), result.mean.end());
    std::reverse(result.std.begin(), result.std.end());
  }
  return result;
}

Image normalise(const Image& picture, const Normalisation& normalisation) {
  return map_channels(picture, [&](double rgb, std::size_t channel) {
    return normalisation.forward(rgb, channel);
  });
}

Image denormalise(const Image& x, const Normalisation& normalisation) {
  return map_channels(
      x, [&](double value, std::size_t channel) { return normalisation.inverse(value, channel); });
}

Image display_picture(const Image& x, const Normalisation& normalisation, OutputRange range) {
  if (range == OutputRange::kClip) {
    return denormalise(x, normalisation);
  }
  const auto [low, high] = std::minmax_element(x.rgb.begin(), x.rgb.end());
  const float width = *high > *low ? *high - *low : 1.0F;
  Image result = x;
  std::transform(x.rgb.begin(), x.rgb.end(), result.rgb.begin(),
                 [low = *low, width](float value) { return (value - low) / width; });
  return result;
}

}  // namespace impasto
