#include "network/topology.hpp"

#include <algorithm>
#include <array>

#include "impasto/error.hpp"

namespace impasto {
bool is_vgg_tap(const std::string& tap) {
  constexpr std::array<int, 5> kLongestBlocks{2, 2, 4, 4, 4};  // VGG-19
  for (std::size_t block = 0; block < kLongestBlocks.size(); ++block) {
    const std::string number = std::to_string(block + 1);
    if (tap == "pool" + number) {
      return true;
    }
    for (int index = 1; index <= kLongestBlocks[block]; ++index) {
      const std::string suffix = number + "_" + std::to_string(index);
      if (tap == "conv" + suffix || tap == "relu" + suffix) {
        return true;
      }
    }
  }
  return false;
}

std::optional<std::size_t> deepest_layer(const std::vector<std::size_t>& taps) {
  std::optional<std::size_t> deepest;
  for (const std::size_t layer : taps) {
    if (layer != kPixels) {
      deepest = std::max(deepest.value_or(0), layer);
    }
  }
  return deepest;
}

std::vector<Layer> layers_of(const NetworkWeights& weights) {
  std::vector<Layer> layers;
  const auto& convolutions = weights.convolutions;
  for (std::size_t n = 0; n < convolutions.size(); ++n) {
    const ConvolutionWeights& convolution = convolutions[n];
    const std::int64_t channels = convolution.out_channels;
    const std::string suffix =
        std::to_string(convolution.block) + "_" + std::to_string(convolution.index);
    layers.push_back({LayerKind::kConvolution, "conv" + suffix, n, channels});
    layers.push_back({LayerKind::kRelu, "relu" + suffix, n, channels});
    const bool last = n + 1 == convolutions.size();
    if (last ? weights.pool_after_last_block : convolutions[n + 1].block != convolution.block) {
      layers.push_back({LayerKind::kPool, "pool" + std::to_string(convolution.block), n, channels});
    }
  }
  return layers;
}

std::vector<std::string> tap_names(const NetworkWeights& weights) {
  std::vector<std::string> names;
  for (const Layer& layer : layers_of(weights)) {
    names.push_back(layer.tap);
  }
  return names;
}

std::string list_taps(const std::vector<Layer>& layers) {
  std::string names;
  for (const Layer& layer : layers) {
    names += (names.empty() ? "" : ", ") + layer.tap;
  }
  return names;
}

std::size_t find_tap(const std::vector<Layer>& layers, const std::string& tap) {
  const auto found = std::find_if(layers.begin(), layers.end(),
                                  [&](const Layer& layer) { return layer.tap == tap; });
  if (found != layers.end()) {
    return static_cast<std::size_t>(found - layers.begin());
  }
  if (is_vgg_tap(tap)) {
    throw InputError("the weights do not reach " + tap, "tap", "use one of " + list_taps(layers));
  }
  throw UsageError("unknown tap '" + tap + "'", "tap", "use one of " + list_taps(layers));
}

}  // namespace impasto
