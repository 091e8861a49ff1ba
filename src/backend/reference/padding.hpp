// One pixel of padding taken from the picture itself:  y[c,p,q] = x[c, s(p), s(q)]  with s =
// pad_source. A pixel that was copied several times collects several gradients:  dx[c,i,j] =
// Σ_{s(p)=i, s(q)=j} dy[c,p,q].
#pragma once

#include "backend/pad_source.hpp"
#include "backend/reference/pooling.hpp"

namespace impasto::reference {

/// x (C × H × W) → y (C × (H+2) × (W+2)). y =.
template <typename T>
void pad(Padding mode, const Map<T>& x, const Map<T>& y) {
  for (std::int64_t c = 0; c < y.shape.channels; ++c) {
    for (std::int64_t p = 0; p < y.shape.height; ++p) {
      for (std::int64_t q = 0; q < y.shape.width; ++q) {
        y(c, p, q) = x(c, pad_source(mode, p, x.shape.height), pad_source(mode, q, x.shape.width));
      }
    }
  }
}

/// dx =.
template <typename T>
void dpad(Padding mode, const Map<T>& dy, const Map<T>& dx) {
  fill_zero(dx);
  for (std::int64_t c = 0; c < dy.shape.channels; ++c) {
    for (std::int64_t p = 0; p < dy.shape.height; ++p) {
      for (std::int64_t q = 0; q < dy.shape.width; ++q) {
        dx(c, pad_source(mode, p, dx.shape.height), pad_source(mode, q, dx.shape.width)) +=
            dy(c, p, q);
      }
    }
  }
}

}  // namespace impasto::reference
