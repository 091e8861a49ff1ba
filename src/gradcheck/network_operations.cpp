#include "gradcheck/network_operations.hpp"

#include <cmath>
#include <memory>
#include <utility>

#include "transfer/scale_walk.hpp"

namespace impasto {
namespace {

constexpr int kDirections = 8;

/// A small VGG of random filters: blocks of 4 4 | 6 6 channels.
NetworkWeights small_network(std::uint64_t seed) {
  Random random(seed);
  NetworkWeights weights;
  const std::vector<std::pair<int, std::int64_t>> layers{{1, 4}, {1, 4}, {2, 6}, {2, 6}};
  std::int64_t in_channels = 3;
  int index = 0;
  int block = 0;
  for (const auto& [layer_block, out_channels] : layers) {
    index = layer_block == block ? index + 1 : 1;
    block = layer_block;
    ConvolutionWeights convolution;
    convolution.block = block;
    convolution.index = index;
    convolution.in_channels = in_channels;
    convolution.out_channels = out_channels;
    const double scale = std::sqrt(2.0 / (9.0 * static_cast<double>(in_channels)));
    for (std::int64_t n = 0; n < out_channels * in_channels * 9; ++n) {
      convolution.weight.push_back(static_cast<float>(scale * random.normal()));
    }
    for (std::int64_t n = 0; n < out_channels; ++n) {
      convolution.bias.push_back(static_cast<float>(0.1 * random.normal()));
    }
    weights.convolutions.push_back(convolution);
    in_channels = out_channels;
  }
  return weights;
}

/// The whole walk as a DifferentiableOperation: random targets, every kind of tap.
struct NetworkCase {
  NetworkWeights weights;
  WalkOptions walk;
  std::vector<LossTerm> content{{1, 0.5}, {3, 1.5}};
  std::vector<LossTerm> style{{0, 1.0}, {1, 0.7}, {2, 0.4}};

  double run(Backend& backend, const HostValues& values, HostValues* gradient) const {
    PreparedNetwork prepared(backend, weights);
    ScaleWalk scale_walk(prepared, walk, {{}, content, style});
    Losses& losses = scale_walk.losses();
    losses.set_weights({1.0, 2.0, 0.01});
    Random random(17);
    for (std::size_t n = 0; n < content.size(); ++n) {
      const Tensor target = losses.content_target(n);
      backend.upload(std::span<const double>(random_values(random, target.elements())), target);
    }
    const OwnedTensor picture(backend, walk.picture, Layout::kPlain, values);
    const OwnedTensor dpicture(backend, walk.picture, Layout::kPlain);
    const double total = scale_walk.evaluate(picture.get(), dpicture.get()).total();
    if (gradient != nullptr) {
      *gradient = dpicture.download(backend);
    }
    return total;
  }
};

std::vector<HostValues> random_directions(std::int64_t dimensions, Random& random) {
  std::vector<HostValues> directions;
  for (int n = 0; n < kDirections; ++n) {
    HostValues direction = random_values(random, dimensions);
    const double length = std::sqrt(inner_product(direction, direction));
    for (double& value : direction) {
      value /= length;
    }
    directions.push_back(std::move(direction));
  }
  return directions;
}

DifferentiableOperation network_operation(const std::string& name, Pooling pooling, Padding padding,
                                          std::uint64_t seed) {
  const auto network = std::make_shared<NetworkCase>();
  network->weights = small_network(seed);
  const std::vector<Layer> layers = layers_of(network->weights);
  network->walk.picture = {3, 11, 13};
  network->walk.taps = {find_tap(layers, "relu1_1"), find_tap(layers, "conv1_2"),
                        find_tap(layers, "pool1"), find_tap(layers, "relu2_2")};
  network->walk.pooling = pooling;
  network->walk.padding = padding;
  Random random(seed + 1);
  DifferentiableOperation result;
  result.key = "network";
  result.name = name;
  result.shape = network->walk.picture;
  result.x = random_values(random, result.shape.elements());
  result.directions = random_directions(result.shape.elements(), random);
  result.value = [network](Backend& backend, const HostValues& values) {
    return network->run(backend, values, nullptr);
  };
  result.gradient = [network](Backend& backend, const HostValues& values) {
    HostValues gradient;
    network->run(backend, values, &gradient);
    return gradient;
  };
  return result;
}

}  // namespace

std::vector<DifferentiableOperation> network_operations(std::uint64_t seed) {
  const std::vector<std::pair<std::string, Pooling>> poolings{{"max", Pooling::kMax},
                                                              {"average", Pooling::kAverage}};
  const std::vector<std::pair<std::string, Padding>> paddings{
      {"zero", Padding::kZero}, {"reflect", Padding::kReflect}, {"replicate", Padding::kReplicate}};
  std::vector<DifferentiableOperation> operations;
  for (const auto& [pooling_name, pooling] : poolings) {
    for (const auto& [padding_name, padding] : paddings) {
      std::string name = "network, ";
      name.append(pooling_name).append(" pooling, ").append(padding_name).append(" padding");
      operations.push_back(network_operation(name, pooling, padding, seed));
    }
  }
  return operations;
}

}  // namespace impasto
