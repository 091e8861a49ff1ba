// Feature maps and pictures on the host, and sums over them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "impasto/image.hpp"

namespace impasto {

/// A feature map's values, row-major (CHW).
struct HostMap {
  Shape shape;
  std::vector<float> values;

  HostMap(const Shape& of, std::vector<float> with) : shape(of), values(std::move(with)) {}
  /// Waits for the device.
  HostMap(Backend& backend, const Tensor& x)
      : shape(x.shape), values(static_cast<std::size_t>(x.elements())) {
    backend.download(x, std::span<float>(values));
  }

  /// Value of channel c at column x of row y, in double.
  [[nodiscard]] double at(std::int64_t c, std::int64_t x, std::int64_t y) const {
    return static_cast<double>(
        values[static_cast<std::size_t>((c * shape.height + y) * shape.width + x)]);
  }
};

/// ⟨a, b⟩ in double.
inline double inner(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t n = 0; n < a.size(); ++n) {
    sum += static_cast<double>(a[n]) * static_cast<double>(b[n]);
  }
  return sum;
}

/// ‖a‖₂ in double.
inline double norm(std::span<const float> a) {
  return std::sqrt(inner(a, a));
}

/// Where the largest numbers stand, at most `count`, largest first.
inline std::vector<std::int64_t> largest_first(const std::vector<double>& numbers,
                                               std::size_t count) {
  std::vector<std::int64_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return numbers[static_cast<std::size_t>(a)] > numbers[static_cast<std::size_t>(b)];
  });
  order.resize(std::min(order.size(), count));
  return order;
}

/// Value of channel c at column x of row y, in double.
inline double at(const Image& image, std::int64_t c, std::int64_t x, std::int64_t y) {
  return static_cast<double>(
      image.rgb[static_cast<std::size_t>((c * image.height + y) * image.width + x)]);
}

}  // namespace impasto
