// How the tensors of a layer are called, in whatever program they come from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace impasto {

/// The name of a layer, taken apart: "vgg.block4.2" is the pattern "vgg.block#.#" with the numbers
/// 4 and 2. Layers of one list share their pattern.
struct LayerName {
  std::string text;
  std::string pattern;
  std::vector<std::int64_t> numbers;
};

/// The names that the bias of a convolution may have when its weight has this one, likeliest first:
/// for "features.0.weight" it is "features.0.bias", for "block1_conv1_W_1:0" "block1_conv1_b_1:0".
/// `layer` is what remains of the name without the word for the weight.
struct BiasName {
  std::string name;
  std::string layer;
};
std::vector<BiasName> bias_names(const std::string& weight);

LayerName take_apart(const std::string& layer);

/// The components that all names begin with: "model.features" for "model.features.0" and
/// "model.features.2"; "." when there are none.
std::string common_path(const std::vector<std::string>& names);

/// Whether `path` is `outer` or lies within it. "." holds everything.
bool lies_within(const std::string& path, const std::string& outer);

}  // namespace impasto
