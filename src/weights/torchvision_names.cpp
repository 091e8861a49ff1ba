// torchvision numbers the layers of vgg.features: a convolution and its ReLU take two numbers, a
// pooling one. So two convolutions of a block are 2 apart, and 3 across a pooling.
#include <map>
#include <optional>
#include <string_view>

#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/topology.hpp"

namespace impasto {

namespace {

/// A convolution's two tensors.
struct Layer {
  const NamedTensor* weight = nullptr;
  const NamedTensor* bias = nullptr;
};

struct LayerName {
  int number = 0;
  bool is_weight = false;
};

[[noreturn]] void refuse(const std::string& what, const std::string& where) {
  throw InputError(what, where,
                   "a checkpoint of torchvision's vgg11, vgg13, vgg16 or vgg19 is needed, without "
                   "batch normalisation");
}

bool strip(std::string_view& text, std::string_view prefix) {
  const bool there = text.starts_with(prefix);
  text.remove_prefix(there ? prefix.size() : 0);
  return there;
}

/// "features.12.weight", also behind DataParallel's "module.". None for any other name.
std::optional<LayerName> parse_name(std::string_view name) {
  strip(name, "module.");
  if (!strip(name, "features.")) {
    return std::nullopt;
  }
  strip(name, "module.");
  LayerName layer;
  std::size_t digits = 0;
  while (digits < name.size() && digits < 4 && name[digits] >= '0' && name[digits] <= '9') {
    layer.number = 10 * layer.number + (name[digits++] - '0');
  }
  const std::string_view rest = name.substr(digits);
  layer.is_weight = rest == ".weight";
  return digits > 0 && (layer.is_weight || rest == ".bias") ? std::optional(layer) : std::nullopt;
}

std::map<int, Layer> find_layers(const std::vector<NamedTensor>& tensors,
                                 const std::string& where) {
  std::map<int, Layer> layers;
  for (const auto& tensor : tensors) {
    if (tensor.name.ends_with("running_mean")) {
      refuse("the network has batch normalisation, as torchvision's vgg19_bn has", where);
    }
    if (const auto name = parse_name(tensor.name)) {
      Layer& layer = layers[name->number];
      const NamedTensor*& part = name->is_weight ? layer.weight : layer.bias;
      if (part != nullptr) {
        refuse("it holds " + tensor.name + " twice", where);
      }
      part = &tensor;
    }
  }
  if (layers.empty()) {
    refuse("it holds no tensor named features.N.weight" +
               (tensors.empty() ? "" : ", but " + tensors.front().name),
           where);
  }
  return layers;
}

void check_shapes(int number, const Layer& layer, const std::string& where) {
  const std::string name = "features." + std::to_string(number);
  if (layer.weight == nullptr || layer.bias == nullptr) {
    refuse(name + " misses its " + (layer.weight == nullptr ? "weight" : "bias"), where);
  }
  const auto& weight = layer.weight->shape;
  if (weight.size() != 4 || weight[2] != 3 || weight[3] != 3) {
    refuse(name + ".weight is not of the shape out × in × 3 × 3", where);
  }
  if (layer.bias->shape != std::vector<std::int64_t>{weight[0]}) {
    refuse(name + ".bias does not fit its weight", where);
  }
}

/// Names and channels of all layers; no values yet.
std::vector<ConvolutionWeights> layout_of(const std::map<int, Layer>& layers,
                                          const std::string& where) {
  std::vector<ConvolutionWeights> convolutions;
  int block = 1;
  int index = 0;
  int last = -2;
  for (const auto& [number, layer] : layers) {
    check_shapes(number, layer, where);
    if (number == last + 3 && last >= 0) {
      ++block;
      index = 0;
    } else if (number != last + 2) {
      refuse("features." + std::to_string(number) + " stands where no VGG has a convolution",
             where);
    }
    convolutions.push_back(
        {block, ++index, layer.weight->shape[0], layer.weight->shape[1], {}, {}});
    last = number;
  }
  return convolutions;
}

}  // namespace

std::vector<ConvolutionWeights> convolutions_of(const std::vector<NamedTensor>& tensors,
                                                const std::string& where) {
  const auto layers = find_layers(tensors, where);
  auto convolutions = layout_of(layers, where);
  check_layout(convolutions, where);
  auto convolution = convolutions.begin();
  for (const auto& [number, layer] : layers) {
    convolution->weight = layer.weight->load();
    convolution->bias = layer.bias->load();
    ++convolution;
  }
  return convolutions;
}

}  // namespace impasto
