// Untrained filters that see orientation; docs/untrained-network.md tells where they come from.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "impasto/weights.hpp"
#include "weights/topology.hpp"

namespace impasto {

namespace {

/// The construction's numbers, found by looking. What probability is left goes to second
/// derivatives.
struct Construction {
  double smooth = 0.15;            ///< probability of a blur
  double identity = 0.15;          ///< of the bare centre
  double first_derivative = 0.42;  ///< of an edge detector at a random angle
  std::size_t fan_in = 2;          ///< input channels mixed by a filter; more blur orientation away
};
constexpr Construction kConstruction;

using Kernel = std::array<double, 9>;
using Row = std::array<double, 3>;

constexpr Row kSmoothRow{1, 2, 1};
constexpr Row kFirstRow{-1, 0, 1};
constexpr Row kSecondRow{1, -2, 1};

/// Adds scale · yᵀx.
void add_outer(Kernel& kernel, double scale, const Row& y, const Row& x) {
  for (std::size_t i = 0; i < 9; ++i) {
    kernel[i] += scale * y[i / 3] * x[i % 3];
  }
}

/// Derivative along the angle θ: cos θ · gᵀd + sin θ · dᵀg.
Kernel first_derivative(double angle) {
  Kernel kernel{};
  add_outer(kernel, std::cos(angle) / 8, kSmoothRow, kFirstRow);
  add_outer(kernel, std::sin(angle) / 8, kFirstRow, kSmoothRow);
  return kernel;
}

/// Second derivative along θ: cos² θ · gᵀs + sin² θ · sᵀg + 2 cos θ sin θ · dᵀd.
Kernel second_derivative(double angle) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  Kernel kernel{};
  add_outer(kernel, c * c / 8, kSmoothRow, kSecondRow);
  add_outer(kernel, s * s / 8, kSecondRow, kSmoothRow);
  add_outer(kernel, 2 * c * s / 4, kFirstRow, kFirstRow);
  return kernel;
}

template <typename Values>
void normalise(Values& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value * value;
  }
  for (double& value : values) {
    value /= std::sqrt(sum);
  }
}

Kernel random_kernel(Random& random) {
  const double kind = random.uniform();
  const double angle = 2 * std::numbers::pi * random.uniform();
  Kernel kernel{};
  if (kind < kConstruction.smooth) {
    add_outer(kernel, 1.0 / 16, kSmoothRow, kSmoothRow);
  } else if (kind < kConstruction.smooth + kConstruction.identity) {
    kernel[4] = 1;
  } else if (kind <
             kConstruction.smooth + kConstruction.identity + kConstruction.first_derivative) {
    kernel = first_derivative(angle);
  } else {
    kernel = second_derivative(angle);
  }
  normalise(kernel);
  return kernel;
}

/// `count` different channels out of `channels`.
std::vector<std::int64_t> choose_channels(Random& random, std::int64_t channels,
                                          std::size_t count) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<std::int64_t>(i);
  }
  count = std::min(count, all.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto rest = static_cast<std::int64_t>(all.size() - i);
    std::swap(all[i], all[i + static_cast<std::size_t>(random.below(rest))]);
  }
  all.resize(count);
  return all;
}

/// One filter: a kernel times a mix of input channels. `filter` is C × 3 × 3 and zero.
void write_filter(Random& random, std::int64_t channels, std::size_t fan_in, float* filter) {
  const Kernel kernel = random_kernel(random);
  const auto chosen = choose_channels(random, channels, fan_in);
  std::vector<double> mix(chosen.size());
  for (double& share : mix) {
    share = random.normal();
  }
  normalise(mix);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    for (std::size_t at = 0; at < kernel.size(); ++at) {
      filter[static_cast<std::size_t>(chosen[i]) * 9 + at] =
          static_cast<float>(mix[i] * kernel[at]);
    }
  }
}

}  // namespace

NetworkWeights oriented_weights(std::uint64_t seed) {
  Random random(seed);
  NetworkWeights network;
  network.source = "oriented:" + std::to_string(seed);
  network.calibrate = true;
  network.convolutions = vgg19_layout();
  set_structure(network);
  for (auto& convolution : network.convolutions) {
    const auto filters = static_cast<std::size_t>(convolution.out_channels);
    const auto size = static_cast<std::size_t>(convolution.in_channels) * 9;
    // The first layer sees all three colours.
    const std::size_t fan_in = convolution.in_channels == 3 ? 3 : kConstruction.fan_in;
    convolution.weight.resize(filters * size);
    convolution.bias.resize(filters);
    for (std::size_t filter = 0; filter < filters; ++filter) {
      write_filter(random, convolution.in_channels, fan_in,
                   convolution.weight.data() + filter * size);
    }
  }
  return network;
}

}  // namespace impasto
