// From display space to the network's input space, and back.
#pragma once

#include <array>

#include "impasto/forms.hpp"
#include "impasto/image.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// x = (range · rgb − mean) / std per channel, with rgb in [0, 1], always in RGB order.
struct Normalisation {
  double range = 1;  ///< 1 for the torchvision family, 255 for caffe
  std::array<double, 3> mean{};
  std::array<double, 3> std{1, 1, 1};

  static Normalisation of(const NetworkWeights& weights);

  [[nodiscard]] double forward(double rgb, std::size_t channel) const {
    return (range * rgb - mean[channel]) / std[channel];
  }
  [[nodiscard]] double inverse(double x, std::size_t channel) const {
    return (x * std[channel] + mean[channel]) / range;
  }
};

/// The picture's colours in the network's input space; alpha is left alone.
Image normalise(const Image& picture, const Normalisation& normalisation);

/// The inverse of normalise, not clamped.
Image denormalise(const Image& x, const Normalisation& normalisation);

/// x as it is shown: denormalised, or stretched from its own least and largest value to [0, 1]. Not
/// clamped.
Image display_picture(const Image& x, const Normalisation& normalisation, OutputRange range);

}  // namespace impasto
