// Sums over feature maps and pictures on the host.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "impasto/image.hpp"

namespace impasto {

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

/// Value of channel c at column x of row y.
inline float at(const Image& image, std::int64_t c, std::int64_t x, std::int64_t y) {
  return image.rgb[static_cast<std::size_t>((c * image.height + y) * image.width + x)];
}

}  // namespace impasto
