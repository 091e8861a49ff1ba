#include "explain/activations.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "explain/host_map.hpp"

namespace impasto {
namespace {

constexpr std::int64_t kLongestSide = 96;

/// Means over boxes of `factor` × `factor`; those at the end may be smaller.
Grid shrunk(std::span<const float> map, std::int64_t width, std::int64_t height,
            std::int64_t factor) {
  Grid grid;
  grid.width = (width + factor - 1) / factor;
  grid.height = (height + factor - 1) / factor;
  for (std::int64_t row = 0; row < height; row += factor) {
    for (std::int64_t column = 0; column < width; column += factor) {
      const std::int64_t bottom = std::min(row + factor, height);
      const std::int64_t right = std::min(column + factor, width);
      float sum = 0;
      for (std::int64_t y = row; y < bottom; ++y) {
        for (std::int64_t x = column; x < right; ++x) {
          sum += map[static_cast<std::size_t>(y * width + x)];
        }
      }
      grid.values.push_back(sum / static_cast<float>((bottom - row) * (right - column)));
    }
  }
  return grid;
}

}  // namespace

ActivationStatistics statistics_of(std::span<const float> values) {
  ActivationStatistics statistics;
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  std::size_t zeros = 0;
  for (const float value : values) {
    sum += static_cast<double>(value);
    zeros += value == 0 ? 1 : 0;
  }
  statistics.mean = sum / count;
  double squares = 0;
  for (const float value : values) {
    squares += std::pow(static_cast<double>(value) - statistics.mean, 2);
  }
  statistics.deviation = std::sqrt(squares / count);
  const auto [least, largest] = std::minmax_element(values.begin(), values.end());
  statistics.least = static_cast<double>(*least);
  statistics.largest = static_cast<double>(*largest);
  statistics.zeros = static_cast<double>(zeros) / count;
  return statistics;
}

std::vector<ChannelMap> strongest_channels(const Shape& shape, std::span<const float> values,
                                           std::size_t count) {
  const auto positions = static_cast<std::size_t>(shape.positions());
  const auto map = [&](std::size_t channel) {
    return values.subspan(channel * positions, positions);
  };
  std::vector<double> energy;
  for (std::size_t c = 0; c < static_cast<std::size_t>(shape.channels); ++c) {
    energy.push_back(inner(map(c), map(c)));
  }
  std::vector<std::size_t> order(energy.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return energy[a] > energy[b]; });
  order.resize(std::min(order.size(), count));
  const std::int64_t longest = std::max(shape.width, shape.height);
  const std::int64_t factor = (longest + kLongestSide - 1) / kLongestSide;
  std::vector<ChannelMap> strongest;
  strongest.reserve(order.size());
  for (const std::size_t c : order) {
    strongest.push_back(
        {static_cast<std::int64_t>(c), shrunk(map(c), shape.width, shape.height, factor)});
  }
  return strongest;
}

}  // namespace impasto
