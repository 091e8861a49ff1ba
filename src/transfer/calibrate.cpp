#include "transfer/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "backend/owned_tensor.hpp"

namespace impasto {
namespace {

/// A feature map on the host, between operations.
struct HostMap {
  Shape shape;
  std::vector<float> values;  // CHW
};

HostMap convolve(Backend& backend, const std::shared_ptr<FilterBank>& filters,
                 std::int64_t out_channels, Padding padding, const HostMap& x) {
  const OwnedTensor input(backend, x.shape, Layout::kFeature, std::span(x.values));
  ConvolutionSpec spec;
  spec.input = x.shape;
  spec.out_channels = out_channels;
  spec.backward = false;
  std::optional<OwnedTensor> padded;
  if (padding != Padding::kZero) {
    spec.pad = false;
    spec.input = {x.shape.channels, x.shape.height + 2, x.shape.width + 2};
    padded.emplace(backend, spec.input, Layout::kFeature);
    backend.pad(padding, input.get(), padded->get());
  }
  const std::unique_ptr<Convolution> convolution = backend.make_convolution(filters, spec);
  const std::unique_ptr<Memory> workspace = backend.allocate(convolution->workspace_bytes());
  const OwnedTensor output(backend, spec.output(), Layout::kFeature);
  convolution->forward(padded ? padded->get() : input.get(), output.get(), workspace->data());
  return {spec.output(), output.download<float>(backend)};
}

HostMap pool(Backend& backend, Pooling pooling, const HostMap& x) {
  const OwnedTensor input(backend, x.shape, Layout::kFeature, std::span(x.values));
  const Shape shape{x.shape.channels, x.shape.height / 2, x.shape.width / 2};
  const OwnedTensor output(backend, shape, Layout::kFeature);
  pooling == Pooling::kMax ? backend.max_pool(input.get(), output.get())
                           : backend.average_pool(input.get(), output.get());
  return {shape, output.download<float>(backend)};
}

/// Mean and standard deviation of one channel over all maps.
struct Moments {
  double mean = 0;
  double deviation = 1;
};

Moments moments_of(const std::vector<HostMap>& maps, std::int64_t channel) {
  double count = 0;
  double sum = 0;
  double squares = 0;
  for (const HostMap& map : maps) {
    const std::int64_t positions = map.shape.positions();
    for (std::int64_t m = channel * positions; m < (channel + 1) * positions; ++m) {
      const double value = map.values[static_cast<std::size_t>(m)];
      sum += value;
      squares += value * value;
    }
    count += static_cast<double>(positions);
  }
  const double mean = sum / count;
  // A channel that sees nothing (a black picture) is left at its own size.
  const double variance = squares / count - mean * mean;
  return {mean, variance > 1e-12 ? std::sqrt(variance) : 1.0};
}

/// Folds the moments into the filters, and applies them and ReLU to the maps.
void standardise(const Moments& moments, std::int64_t channel, ConvolutionWeights& weights,
                 std::vector<HostMap>& maps) {
  const auto k = static_cast<std::size_t>(channel);
  const std::size_t row = static_cast<std::size_t>(weights.in_channels) * 9;
  for (std::size_t n = k * row; n < (k + 1) * row; ++n) {
    weights.weight[n] = static_cast<float>(weights.weight[n] / moments.deviation);
  }
  weights.bias[k] = static_cast<float>((weights.bias[k] - moments.mean) / moments.deviation);
  for (HostMap& map : maps) {
    const std::int64_t positions = map.shape.positions();
    for (std::int64_t m = channel * positions; m < (channel + 1) * positions; ++m) {
      float& value = map.values[static_cast<std::size_t>(m)];
      value = std::max(0.0F, static_cast<float>((value - moments.mean) / moments.deviation));
    }
  }
}

}  // namespace

NetworkWeights calibrate(Backend& backend, const NetworkWeights& weights,
                         const std::vector<Image>& pictures, std::size_t deepest, Pooling pooling,
                         Padding padding) {
  NetworkWeights result = weights;
  result.calibrate = false;
  std::vector<HostMap> maps;
  maps.reserve(pictures.size());
  for (const Image& picture : pictures) {
    maps.push_back({{3, picture.height, picture.width}, picture.rgb});
  }
  const std::vector<Layer> layers = layers_of(weights);
  for (std::size_t n = 0; n <= deepest; ++n) {
    if (layers[n].kind == LayerKind::kPool) {
      for (HostMap& map : maps) {
        map = pool(backend, pooling, map);
      }
    }
    if (layers[n].kind != LayerKind::kConvolution) {
      continue;
    }
    ConvolutionWeights& convolution = result.convolutions[layers[n].convolution];
    const std::shared_ptr<FilterBank> filters = backend.prepare_filters(convolution);
    for (HostMap& map : maps) {
      map = convolve(backend, filters, convolution.out_channels, padding, map);
    }
    for (std::int64_t channel = 0; channel < convolution.out_channels; ++channel) {
      standardise(moments_of(maps, channel), channel, convolution, maps);
    }
  }
  return result;
}

}  // namespace impasto
