#include <algorithm>
#include <cstdio>
#include <optional>

#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/hdf5.hpp"
#include "weights/topology.hpp"

namespace impasto {

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& where) {
  throw InputError(what, where, "the weights of keras.applications' VGG16 or VGG19 are needed");
}

/// Kernel and bias of one layer, not read yet.
struct Layer {
  std::optional<FloatDataset> kernel;  ///< 3 × 3 × in × out
  std::optional<FloatDataset> bias;
};

/// Finds the two data sets of a layer, however deep Keras nested them:
/// block1_conv1/block1_conv1_W_1:0, block1_conv1/block1_conv1/kernel:0, ….
void find_parts(hid_t group, Layer& layer, int depth, const std::string& where) {
  for (const auto& name : names_in(group, where)) {
    if (is_group(group, name) && depth > 0) {
      const Hdf5Handle inner = open_group(group, name, where);
      find_parts(inner.id(), layer, depth - 1, where);
    } else if (is_dataset(group, name)) {
      FloatDataset dataset = open_floats(group, name, where);
      auto& part = dataset.shape.size() == 1 ? layer.bias : layer.kernel;
      if (part) {
        refuse("a layer holds " + name + " beside another array of its kind", where);
      }
      part.emplace(std::move(dataset));
    }
  }
}

/// Height × width × in × out to out × in × height × width.
std::vector<float> to_oihw(const std::vector<float>& kernel, std::int64_t inputs,
                           std::int64_t outputs) {
  std::vector<float> weight(kernel.size());
  auto* to = weight.data();
  for (std::int64_t output = 0; output < outputs; ++output) {
    for (std::int64_t input = 0; input < inputs; ++input) {
      for (std::int64_t position = 0; position < 9; ++position) {
        *to++ = kernel[static_cast<std::size_t>((position * inputs + input) * outputs + output)];
      }
    }
  }
  return weight;
}

ConvolutionWeights layout_of(const std::string& name, const Layer& layer,
                             const std::string& where) {
  ConvolutionWeights convolution;
  int end = 0;
  if (std::sscanf(name.c_str(), "block%2d_conv%2d%n", &convolution.block, &convolution.index,
                  &end) != 2 ||
      static_cast<std::size_t>(end) != name.size()) {
    refuse("the layer " + name + " is no VGG's", where);
  }
  if (!layer.kernel || !layer.bias) {
    refuse(name + " misses its kernel or its bias", where);
  }
  const auto& shape = layer.kernel->shape;
  if (shape.size() != 4 || shape[0] != 3 || shape[1] != 3 ||
      layer.bias->shape != std::vector{shape[3]}) {
    refuse(name + " is not of the shape 3 × 3 × in × out with a bias for each out", where);
  }
  convolution.in_channels = shape[2];
  convolution.out_channels = shape[3];
  return convolution;
}

}  // namespace

std::vector<ConvolutionWeights> read_keras(const std::string& path) {
  const Hdf5Session session;
  const Hdf5Handle file = open_hdf5(path);
  // A whole saved model keeps its weights one level deeper than a file of weights alone.
  const bool whole_model = is_group(file.id(), "model_weights");
  const Hdf5Handle root = open_group(file.id(), whole_model ? "model_weights" : "/", path);

  std::vector<Layer> layers;
  std::vector<ConvolutionWeights> convolutions;
  // Sorted names are in network order: no VGG has ten blocks or ten convolutions in one.
  for (const auto& name : names_in(root.id(), path)) {
    if (name.starts_with("block") && name.find("_conv") != std::string::npos) {
      Layer layer;
      const Hdf5Handle group = open_group(root.id(), name, path);
      find_parts(group.id(), layer, 3, path);
      convolutions.push_back(layout_of(name, layer, path));
      layers.push_back(std::move(layer));
    }
  }
  if (convolutions.empty()) {
    refuse("the HDF5 file holds no layer named block1_conv1", path);
  }
  check_layout(convolutions, path);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto& convolution = convolutions[i];
    convolution.weight = to_oihw(read_floats(*layers[i].kernel, path), convolution.in_channels,
                                 convolution.out_channels);
    convolution.bias = read_floats(*layers[i].bias, path);
  }
  return convolutions;
}

}  // namespace impasto
