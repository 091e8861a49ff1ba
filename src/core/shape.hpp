// Shapes of feature maps and images.
#pragma once

#include <cstdint>
#include <string>

namespace impasto {

/// Channels × height × width of one image or feature map; the batch is always one.
/// In the formulas: N = channels, M = height · width.
struct Shape {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  [[nodiscard]] std::int64_t positions() const { return height * width; }
  [[nodiscard]] std::int64_t elements() const { return channels * height * width; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// An n × n matrix, such as a Gram matrix.
inline Shape square_matrix(std::int64_t n) {
  return {1, n, n};
}

/// A plain vector of n values.
inline Shape flat(std::int64_t n) {
  return {1, 1, n};
}

/// "64 x 192 x 256" (channels x height x width).
inline std::string to_string(const Shape& shape) {
  return std::to_string(shape.channels) + " x " + std::to_string(shape.height) + " x " +
         std::to_string(shape.width);
}

}  // namespace impasto
