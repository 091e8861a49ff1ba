// Arrays of doubles on the host, to be put into a backend for one operation.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/owned_tensor.hpp"
#include "core/random.hpp"

namespace impasto {

using HostValues = std::vector<double>;

/// Standard normal values that keep `margin` away from zero, where ReLU has its kink.
inline HostValues random_values(Random& random, std::int64_t count, double margin = 0) {
  HostValues values(static_cast<std::size_t>(count));
  for (double& value : values) {
    const double drawn = random.normal();
    value = drawn + (drawn < 0 ? -margin : margin);
  }
  return values;
}

inline double inner_product(const HostValues& a, const HostValues& b) {
  double sum = 0;
  for (std::size_t n = 0; n < a.size(); ++n) {
    sum += a[n] * b[n];
  }
  return sum;
}

/// ‖a − b‖ / ‖b‖; ‖a‖ where b is zero.
double relative_error(const HostValues& a, const HostValues& b);

}  // namespace impasto
