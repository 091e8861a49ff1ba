// Untrained filters that are orthonormal: a product of rotations, which is exactly orthogonal and
// quick to apply.
#include <algorithm>
#include <bit>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "impasto/weights.hpp"
#include "weights/topology.hpp"

namespace impasto {

namespace {

/// Turns rows `first` and `second` of a matrix within their plane (Givens 1958).
struct Rotation {
  std::size_t first;
  std::size_t second;
  float cosine;
  float sine;
};

/// Enough rounds of random pairs that every row reaches every other one, and as many again to mix
/// well.
std::vector<Rotation> random_rotations(Random& random, std::size_t rows) {
  std::vector<Rotation> rotations;
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rounds = 2 * static_cast<std::size_t>(std::bit_width(rows));
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t i = rows - 1; i > 0; --i) {
      std::swap(order[i],
                order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i + 1)))]);
    }
    for (std::size_t i = 0; i + 1 < rows; i += 2) {
      // By 45° this or that way: that spreads a value evenly, and so makes all of them nearly
      // normal soonest.
      const float half = std::numbers::sqrt2_v<float> / 2;
      rotations.push_back({order[i], order[i + 1], half, random.below(2) == 0 ? half : -half});
    }
  }
  return rotations;
}

/// Columns that are turned together: narrow enough that all rows stay in the cache.
constexpr std::size_t kStripeWidth = 32;

void rotate(std::vector<float>& stripe, const std::vector<Rotation>& rotations) {
  for (const auto& [first, second, cosine, sine] : rotations) {
    float* a = stripe.data() + first * kStripeWidth;
    float* b = stripe.data() + second * kStripeWidth;
    for (std::size_t i = 0; i < kStripeWidth; ++i) {
      const float x = a[i];
      const float y = b[i];
      a[i] = cosine * x - sine * y;
      b[i] = sine * x + cosine * y;
    }
  }
}

/// A long × narrow matrix of orthonormal columns times √2, handed out value by value: put(row,
/// column, value).
template <typename Put>
void orthonormal_columns(Random& random, std::size_t rows, std::size_t columns, Put put) {
  const auto rotations = random_rotations(random, rows);
  std::vector<float> stripe(rows * kStripeWidth);
  for (std::size_t begin = 0; begin < columns; begin += kStripeWidth) {
    const std::size_t width = std::min(kStripeWidth, columns - begin);
    std::fill(stripe.begin(), stripe.end(), 0.0F);
    for (std::size_t column = 0; column < width; ++column) {
      stripe[(begin + column) * kStripeWidth + column] = std::numbers::sqrt2_v<float>;
    }
    rotate(stripe, rotations);
    for (std::size_t column = 0; column < width; ++column) {
      for (std::size_t row = 0; row < rows; ++row) {
        put(row, begin + column, stripe[row * kStripeWidth + column]);
      }
    }
  }
}

/// K × 9C with orthonormal rows; with more filters than inputs, orthonormal columns.
std::vector<float> orthogonal_filters(Random& random, std::size_t filters, std::size_t inputs) {
  std::vector<float> weight(filters * inputs);
  if (filters <= inputs) {
    orthonormal_columns(random, inputs, filters,
                        [&](std::size_t input, std::size_t filter, float value) {
                          weight[filter * inputs + input] = value;
                        });
  } else {
    orthonormal_columns(random, filters, inputs,
                        [&](std::size_t filter, std::size_t input, float value) {
                          weight[filter * inputs + input] = value;
                        });
  }
  return weight;
}

}  // namespace

NetworkWeights random_weights(std::uint64_t seed) {
  Random random(seed);
  NetworkWeights network;
  network.source = "random:" + std::to_string(seed);
  network.convolutions = vgg19_layout();
  set_structure(network);
  for (auto& convolution : network.convolutions) {
    const auto filters = static_cast<std::size_t>(convolution.out_channels);
    const auto inputs = static_cast<std::size_t>(convolution.in_channels) * 9;
    convolution.weight = orthogonal_filters(random, filters, inputs);
    convolution.bias.resize(filters);
  }
  return network;
}

}  // namespace impasto
