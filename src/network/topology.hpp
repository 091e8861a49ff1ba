// VGG's topology as data: which layers there are, in order, and what their outputs are called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "impasto/weights.hpp"

namespace impasto {

enum class LayerKind { kConvolution, kRelu, kPool };

struct Layer {
  LayerKind kind = LayerKind::kConvolution;
  std::string tap;              ///< what its output is called: conv3_1, relu3_1, pool3
  std::size_t convolution = 0;  ///< index into NetworkWeights::convolutions (convolutions only)
  std::int64_t channels = 0;    ///< of its output
};

/// Among the layers of a walk's taps: the picture itself, as the network takes it, before any
/// layer.
inline constexpr std::size_t kPixels = std::numeric_limits<std::size_t>::max();
/// Its name as a tap.
inline constexpr const char* kPixelsTap = "pixels";

/// The deepest layer of these taps; nothing where the picture itself is all that they name.
std::optional<std::size_t> deepest_layer(const std::vector<std::size_t>& taps);

/// The layers of a network: each convolution with its ReLU, pooling between blocks.
std::vector<Layer> layers_of(const NetworkWeights& weights);

/// Every tap that a network offers, in network order: conv1_1, relu1_1, …, pool1, ….
std::vector<std::string> tap_names(const NetworkWeights& weights);

/// Whether some VGG of the paper (11 to 19 layers) has a tap of this name.
bool is_vgg_tap(const std::string& tap);

/// The names of all taps, in order: "conv1_1, relu1_1, …".
std::string list_taps(const std::vector<Layer>& layers);

/// Index of the layer whose output is called `tap`. Throws UsageError for a name that no VGG has,
/// InputError for one that these weights do not reach; both list the taps there are.
std::size_t find_tap(const std::vector<Layer>& layers, const std::string& tap);

}  // namespace impasto
