#include <algorithm>
#include <cstdio>

#include "impasto/error.hpp"
#include "impasto/weights.hpp"
#include "weights/hdf5.hpp"
#include "weights/topology.hpp"
#include "weights/weights_file.hpp"

namespace impasto {

namespace {

/// File names and checksums are shorter.
constexpr std::size_t kMaxText = 4096;

[[noreturn]] void refuse_weights_file(const std::string& what, const std::string& where) {
  throw InputError(what, where, "convert the checkpoint again with impasto convert");
}

/// Opens an attribute of `elements` values of a class of types.
Hdf5Handle open_attribute(hid_t file, const char* name, H5T_class_t wanted, hssize_t elements,
                          const std::string& where) {
  Hdf5Handle attribute(H5Aopen(file, name, H5P_DEFAULT), H5Aclose);
  if (!attribute.valid()) {
    refuse_weights_file("the weights file misses the attribute " + std::string(name), where);
  }
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const Hdf5Handle space(H5Aget_space(attribute.id()), H5Sclose);
  if (H5Tget_class(type.id()) != wanted || H5Sget_simple_extent_npoints(space.id()) != elements) {
    refuse_weights_file("the weights file's attribute " + std::string(name) + " is of another type",
                        where);
  }
  return attribute;
}

void read_attribute(const Hdf5Handle& attribute, hid_t type, void* to, const std::string& where) {
  if (H5Aread(attribute.id(), type, to) < 0) {
    refuse_weights_file("the weights file's attributes are damaged", where);
  }
}

std::int32_t read_integer(hid_t file, const char* name, const std::string& where) {
  std::int32_t value = 0;
  read_attribute(open_attribute(file, name, H5T_INTEGER, 1, where), H5T_NATIVE_INT32, &value,
                 where);
  return value;
}

bool read_flag(hid_t file, const char* name, const std::string& where) {
  const std::int32_t value = read_integer(file, name, where);
  if (value != 0 && value != 1) {
    refuse_weights_file("the weights file's " + std::string(name) + " is neither 0 nor 1", where);
  }
  return value == 1;
}

std::array<float, 3> read_triple(hid_t file, const char* name, const std::string& where) {
  std::array<float, 3> values{};
  read_attribute(open_attribute(file, name, H5T_FLOAT, 3, where), H5T_NATIVE_FLOAT, values.data(),
                 where);
  return values;
}

std::string read_text(hid_t file, const char* name, const std::string& where) {
  const Hdf5Handle attribute = open_attribute(file, name, H5T_STRING, 1, where);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const std::size_t size = H5Tget_size(type.id());
  if (H5Tis_variable_str(type.id()) != 0 || size == 0 || size > kMaxText) {
    refuse_weights_file("the weights file's attribute " + std::string(name) + " is of another type",
                        where);
  }
  std::string text(size, '\0');
  read_attribute(attribute, type.id(), text.data(), where);
  return text.substr(0, text.find('\0'));
}

/// Whether the text is `yes`; anything else than `yes` and `no` is refused.
bool choose(const std::string& text, const char* yes, const char* no, const std::string& where) {
  if (text != yes && text != no) {
    refuse_weights_file("'" + text + "' is neither " + yes + " nor " + no, where);
  }
  return text == yes;
}

void read_attributes(hid_t file, NetworkWeights& network, const std::string& where) {
  const std::int32_t version = read_integer(file, kVersionAttribute, where);
  if (version != kWeightsFormatVersion) {
    refuse_weights_file("the weights file has format version " + std::to_string(version) +
                            ", this program reads version " + std::to_string(kWeightsFormatVersion),
                        where);
  }
  network.topology = read_text(file, "topology", where);
  const auto family = read_text(file, "family", where);
  const auto order = read_text(file, "channel_order", where);
  network.family = choose(family, "caffe", "torchvision", where) ? WeightFamily::kCaffe
                                                                 : WeightFamily::kTorchvision;
  network.order = choose(order, "bgr", "rgb", where) ? ChannelOrder::kBgr : ChannelOrder::kRgb;
  network.mean = read_triple(file, "mean", where);
  network.std = read_triple(file, "std", where);
  network.pool_after_last_block = read_flag(file, "pool_after_last_block", where);
  network.calibrate = read_flag(file, "calibrate", where);
  network.source = read_text(file, "source", where);
  network.source_sha256 = read_text(file, "source_sha256", where);
}

/// Block and index of "conv3_1". Other names are refused.
ConvolutionWeights parse_name(const std::string& name, const std::string& where) {
  ConvolutionWeights convolution;
  const int found =
      std::sscanf(name.c_str(), "conv%2d_%2d", &convolution.block, &convolution.index);
  if (found != 2 || convolution.name() != name) {
    refuse_weights_file("the weights file holds '" + name + "', which is no convolution", where);
  }
  return convolution;
}

/// A convolution's two data sets, not read yet.
struct Layer {
  ConvolutionWeights convolution;
  FloatDataset weight;
  FloatDataset bias;
};

Layer open_layer(hid_t file, const std::string& name, const std::string& where) {
  ConvolutionWeights convolution = parse_name(name, where);
  const Hdf5Handle group = open_group(file, name, where);
  FloatDataset weight = open_floats(group.id(), "weight", where);
  FloatDataset bias = open_floats(group.id(), "bias", where);
  weight.name = name + "/weight";
  bias.name = name + "/bias";
  if (weight.shape.size() != 4 || weight.shape[2] != 3 || weight.shape[3] != 3) {
    refuse_weights_file(weight.name + " is not of the shape out × in × 3 × 3", where);
  }
  if (bias.shape != std::vector{weight.shape[0]}) {
    refuse_weights_file(bias.name + " does not fit its weight", where);
  }
  if (!weight.checksummed || !bias.checksummed) {
    refuse_weights_file(name + " is stored without checksums", where);
  }
  convolution.out_channels = weight.shape[0];
  convolution.in_channels = weight.shape[1];
  return {std::move(convolution), std::move(weight), std::move(bias)};
}

std::vector<Layer> open_layers(hid_t file, const std::string& where) {
  const auto names = names_in(file, where);
  if (names.size() > kMaxConvolutions) {
    refuse_weights_file("the weights file holds " + std::to_string(names.size()) + " groups",
                        where);
  }
  std::vector<ConvolutionWeights> order;
  order.reserve(names.size());
  for (const auto& name : names) {
    order.push_back(parse_name(name, where));
  }
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.block, a.index) < std::pair(b.block, b.index);
  });
  std::vector<Layer> layers;
  layers.reserve(order.size());
  for (const auto& convolution : order) {
    layers.push_back(open_layer(file, convolution.name(), where));
  }
  return layers;
}

}  // namespace

bool is_weights_file(const std::string& path) {
  const Hdf5Session session(path);
  const Hdf5Handle file = try_open_hdf5(path);
  return file.valid() && H5Aexists(file.id(), kVersionAttribute) != 0;
}

NetworkWeights read_weights_file(const std::string& path) {
  const Hdf5Session session(path);
  const Hdf5Handle file = open_hdf5(path);
  NetworkWeights network;
  read_attributes(file.id(), network, path);
  const auto layers = open_layers(file.id(), path);
  for (const auto& layer : layers) {
    network.convolutions.push_back(layer.convolution);
  }
  check_layout(network.convolutions, path);
  if (network.topology != "custom" && network.topology != topology_of(network.convolutions)) {
    refuse_weights_file("the weights file says " + network.topology + " and holds another network",
                        path);
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    network.convolutions[i].weight = read_floats(layers[i].weight, path);
    network.convolutions[i].bias = read_floats(layers[i].bias, path);
  }
  check_network(network, path);
  return network;
}

}  // namespace impasto
