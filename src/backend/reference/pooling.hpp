// 2 × 2 pooling with stride 2; a last odd row or column is dropped, as every trained VGG does.
//
//   max:      y[c,i,j] = max over the window of x
//             dx = dy at the window's first maximum, 0 elsewhere
//
//   average:  y[c,i,j] = mean over the window of x
//             dx = dy / 4 at each of the four
#pragma once

#include "backend/reference/map.hpp"

namespace impasto::reference {

/// Where in window (i, j) of channel c the first maximum stands, as 0..3 in row order. A NaN counts
/// as largest.
template <typename T>
int first_maximum(const Map<T>& x, std::int64_t c, std::int64_t i, std::int64_t j) {
  int best = 0;
  T largest = x(c, 2 * i, 2 * j);
  for (int n = 1; n < 4; ++n) {
    const T value = x(c, 2 * i + n / 2, 2 * j + n % 2);
    if (value > largest || (value != value && largest == largest)) {
      largest = value;
      best = n;
    }
  }
  return best;
}

/// y =.
template <typename T>
void max_pool(const Map<T>& x, const Map<T>& y) {
  for (std::int64_t c = 0; c < y.shape.channels; ++c) {
    for (std::int64_t i = 0; i < y.shape.height; ++i) {
      for (std::int64_t j = 0; j < y.shape.width; ++j) {
        const int n = first_maximum(x, c, i, j);
        y(c, i, j) = x(c, 2 * i + n / 2, 2 * j + n % 2);
      }
    }
  }
}

template <typename T>
void fill_zero(const Map<T>& x) {
  for (std::int64_t n = 0; n < x.shape.elements(); ++n) {
    x[n] = 0;
  }
}

/// dx =; x is the forward pass's input.
template <typename T>
void dmax_pool(const Map<T>& dy, const Map<T>& x, const Map<T>& dx) {
  fill_zero(dx);
  for (std::int64_t c = 0; c < dy.shape.channels; ++c) {
    for (std::int64_t i = 0; i < dy.shape.height; ++i) {
      for (std::int64_t j = 0; j < dy.shape.width; ++j) {
        const int n = first_maximum(x, c, i, j);
        dx(c, 2 * i + n / 2, 2 * j + n % 2) = dy(c, i, j);
      }
    }
  }
}

/// y =.
template <typename T>
void average_pool(const Map<T>& x, const Map<T>& y) {
  for (std::int64_t c = 0; c < y.shape.channels; ++c) {
    for (std::int64_t i = 0; i < y.shape.height; ++i) {
      for (std::int64_t j = 0; j < y.shape.width; ++j) {
        y(c, i, j) = (x(c, 2 * i, 2 * j) + x(c, 2 * i, 2 * j + 1) + x(c, 2 * i + 1, 2 * j) +
                      x(c, 2 * i + 1, 2 * j + 1)) /
                     4;
      }
    }
  }
}

/// dx =.
template <typename T>
void daverage_pool(const Map<T>& dy, const Map<T>& dx) {
  fill_zero(dx);
  for (std::int64_t c = 0; c < dy.shape.channels; ++c) {
    for (std::int64_t i = 0; i < dy.shape.height; ++i) {
      for (std::int64_t j = 0; j < dy.shape.width; ++j) {
        for (int n = 0; n < 4; ++n) {
          dx(c, 2 * i + n / 2, 2 * j + n % 2) = dy(c, i, j) / 4;
        }
      }
    }
  }
}

}  // namespace impasto::reference
