// ReLU: y = max(x, 0). The derivative is 1 where y > 0 and 0 elsewhere (0 at the kink, as
// everywhere), so the kept output is all the backward pass needs:  dx = dy · [y > 0].
#pragma once

#include "backend/reference/map.hpp"

namespace impasto::reference {

/// y =; y may be x. A NaN comes through.
template <typename T>
void relu(const Map<T>& x, const Map<T>& y) {
  for (std::int64_t n = 0; n < x.shape.elements(); ++n) {
    y[n] = x[n] < 0 ? T(0) : x[n];
  }
}

/// dx =; dx may be dy or y.
template <typename T>
void drelu(const Map<T>& dy, const Map<T>& y, const Map<T>& dx) {
  for (std::int64_t n = 0; n < y.shape.elements(); ++n) {
    dx[n] = y[n] > 0 ? dy[n] : T(0);
  }
}

}  // namespace impasto::reference
