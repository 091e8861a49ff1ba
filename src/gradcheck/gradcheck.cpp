#include "gradcheck/gradcheck.hpp"

#include <cmath>

#include "backend/reference/reference_backend.hpp"
#include "losses/losses.hpp"
#include "network/network.hpp"
#include "transfer/walk_objective.hpp"

namespace impasto {
namespace {

double norm(const HostValues& values) {
  return std::sqrt(inner_product(values, values));
}

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
    Network network(prepared, walk);
    Losses losses(backend, {}, content, style, network.tap_shapes());
    losses.set_weights({1.0, 2.0, 0.01});
    Random random(17);
    for (std::size_t n = 0; n < content.size(); ++n) {
      const Tensor target = losses.content_target(n);
      backend.upload(std::span<const double>(random_values(random, target.elements())), target);
    }
    const OwnedTensor picture(backend, walk.picture, Layout::kPlain, values);
    const OwnedTensor dpicture(backend, walk.picture, Layout::kPlain);
    LossWalk loss_walk(network, losses);
    const double total = loss_walk.evaluate(picture.get(), dpicture.get()).total();
    if (gradient != nullptr) {
      *gradient = dpicture.download(backend);
    }
    return total;
  }
};

/// Error of the directional derivatives along random directions, scaled by the gradient's norm.
double directional_error(const NetworkCase& network, Backend& reference, const HostValues& x,
                         const HostValues& gradient, double step, Random& random) {
  constexpr int kDirections = 8;
  double squares = 0;
  for (int n = 0; n < kDirections; ++n) {
    HostValues direction = random_values(random, static_cast<std::int64_t>(x.size()));
    const double length = norm(direction);
    HostValues ahead = x;
    HostValues behind = x;
    for (std::size_t m = 0; m < x.size(); ++m) {
      direction[m] /= length;
      ahead[m] += step * direction[m];
      behind[m] -= step * direction[m];
    }
    const double numeric =
        (network.run(reference, ahead, nullptr) - network.run(reference, behind, nullptr)) /
        (2 * step);
    const double error = numeric - inner_product(gradient, direction);
    squares += error * error;
  }
  // A random direction sees 1/√size of the gradient's norm.
  const double seen = norm(gradient) / std::sqrt(static_cast<double>(x.size()));
  return std::sqrt(squares / kDirections) / seen;
}

}  // namespace

double relative_error(const HostValues& a, const HostValues& b) {
  HostValues difference(a.size());
  for (std::size_t n = 0; n < a.size(); ++n) {
    difference[n] = a[n] - b[n];
  }
  const double scale = norm(b);
  return scale > 0 ? norm(difference) / scale : norm(difference);
}

HostValues numeric_gradient(const DifferentiableOperation& operation, Backend& reference,
                            double step) {
  HostValues gradient(operation.x.size());
  HostValues x = operation.x;
  for (std::size_t n = 0; n < x.size(); ++n) {
    x[n] = operation.x[n] + step;
    const double ahead = operation.value(reference, x);
    x[n] = operation.x[n] - step;
    const double behind = operation.value(reference, x);
    x[n] = operation.x[n];
    gradient[n] = (ahead - behind) / (2 * step);
  }
  return gradient;
}

std::vector<GradientCheck> check_operations(Backend& backend, const Shape& shape,
                                            std::uint64_t seed, double step) {
  const std::unique_ptr<Backend> reference = make_reference_backend<double>();
  std::vector<GradientCheck> checks;
  for (const DifferentiableOperation& operation : differentiable_operations(shape, seed)) {
    const HostValues analytic = operation.gradient(*reference, operation.x);
    GradientCheck check;
    check.name = operation.name;
    check.shape = operation.shape;
    check.gradient_norm = norm(analytic);
    check.numeric_error = relative_error(analytic, numeric_gradient(operation, *reference, step));
    check.backend_error = relative_error(operation.gradient(backend, operation.x), analytic);
    checks.push_back(check);
  }
  return checks;
}

std::vector<GradientCheck> check_network(Backend& backend, std::uint64_t seed, double step) {
  const std::unique_ptr<Backend> reference = make_reference_backend<double>();
  const std::vector<std::pair<std::string, Pooling>> poolings{{"max", Pooling::kMax},
                                                              {"average", Pooling::kAverage}};
  const std::vector<std::pair<std::string, Padding>> paddings{
      {"zero", Padding::kZero}, {"reflect", Padding::kReflect}, {"replicate", Padding::kReplicate}};
  std::vector<GradientCheck> checks;
  for (const auto& [pooling_name, pooling] : poolings) {
    for (const auto& [padding_name, padding] : paddings) {
      NetworkCase network;
      network.weights = small_network(seed);
      const std::vector<Layer> layers = layers_of(network.weights);
      network.walk.picture = {3, 11, 13};
      network.walk.taps = {find_tap(layers, "relu1_1"), find_tap(layers, "conv1_2"),
                           find_tap(layers, "pool1"), find_tap(layers, "relu2_2")};
      network.walk.pooling = pooling;
      network.walk.padding = padding;
      Random random(seed + 1);
      const HostValues x = random_values(random, network.walk.picture.elements());
      HostValues analytic;
      HostValues on_backend;
      network.run(*reference, x, &analytic);
      network.run(backend, x, &on_backend);
      GradientCheck check;
      check.name.append("network, ").append(pooling_name).append(" pooling, ");
      check.name.append(padding_name).append(" padding");
      check.shape = network.walk.picture;
      check.gradient_norm = norm(analytic);
      check.numeric_error = directional_error(network, *reference, x, analytic, step, random);
      check.backend_error = relative_error(on_backend, analytic);
      checks.push_back(check);
    }
  }
  return checks;
}

}  // namespace impasto
