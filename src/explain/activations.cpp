#include "explain/activations.hpp"

#include <algorithm>
#include <cmath>

namespace impasto {
namespace {

constexpr std::int64_t kLongestSide = 96;

/// Means over boxes of `factor` × `factor` of a channel; those at the end may be smaller.
Grid shrunk(const HostMap& map, std::int64_t channel, std::int64_t factor) {
  Grid grid;
  grid.width = (map.shape.width + factor - 1) / factor;
  grid.height = (map.shape.height + factor - 1) / factor;
  for (std::int64_t row = 0; row < map.shape.height; row += factor) {
    for (std::int64_t column = 0; column < map.shape.width; column += factor) {
      const std::int64_t bottom = std::min(row + factor, map.shape.height);
      const std::int64_t right = std::min(column + factor, map.shape.width);
      float sum = 0;
      for (std::int64_t y = row; y < bottom; ++y) {
        for (std::int64_t x = column; x < right; ++x) {
          sum += static_cast<float>(map.at(channel, x, y));
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

std::vector<ChannelMap> strongest_channels(const HostMap& map, std::size_t count) {
  const auto positions = static_cast<std::size_t>(map.shape.positions());
  std::vector<double> energy;
  for (auto at = map.values.begin(); at != map.values.end(); at += map.shape.positions()) {
    energy.push_back(inner({at, positions}, {at, positions}));
  }
  const std::int64_t longest = std::max(map.shape.width, map.shape.height);
  const std::int64_t factor = (longest + kLongestSide - 1) / kLongestSide;
  std::vector<ChannelMap> strongest;
  for (const std::int64_t channel : largest_first(energy, count)) {
    strongest.push_back({channel, shrunk(map, channel, factor)});
  }
  return strongest;
}

}  // namespace impasto
