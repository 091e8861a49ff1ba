// 3 × 3 convolution, stride 1, as every trained VGG means it: a cross-correlation.
//
//   y[k,i,j] = bias[k] + Σ_c Σ_r Σ_s w[k,c,r,s] · x[c, i+r−p, j+s−p]
//
// with r, s ∈ {0, 1, 2}, x = 0 outside its map, and p = 1 (zero padding), or p = 0 where another
// operation padded the input. The data gradient: x[c,i,j] enters y[k, i−r+p, j−s+p] with factor
// w[k,c,r,s], so by the chain rule, with dy = 0 outside its map,
//
//   dx[c,i,j] = Σ_k Σ_r Σ_s w[k,c,r,s] · dy[k, i−r+p, j−s+p]
//
// which is a convolution again: of dy, with filters turned by 180° and with input and output
// channels exchanged.
#pragma once

#include <vector>

#include "backend/backend.hpp"
#include "backend/reference/map.hpp"

namespace impasto::reference {

/// Filters w (K × C × 3 × 3) and bias b (K) in precision T.
template <typename T>
struct Filters : FilterBank {
  std::int64_t in_channels;
  std::vector<T> weight;
  std::vector<T> bias;

  explicit Filters(const ConvolutionWeights& source)
      : in_channels(source.in_channels),
        weight(source.weight.begin(), source.weight.end()),
        bias(source.bias.begin(), source.bias.end()) {}

  T w(std::int64_t k, std::int64_t c, std::int64_t r, std::int64_t s) const {
    return weight[static_cast<std::size_t>(((k * in_channels + c) * 3 + r) * 3 + s)];
  }
};

/// x (C × H × W) → y (K × H × W, or two smaller each way with p = 0). y =.
template <typename T>
void convolution(const Filters<T>& filters, std::int64_t p, bool relu, const Map<T>& x,
                 const Map<T>& y) {
  for (std::int64_t k = 0; k < y.shape.channels; ++k) {
    for (std::int64_t i = 0; i < y.shape.height; ++i) {
      for (std::int64_t j = 0; j < y.shape.width; ++j) {
        T sum = filters.bias[static_cast<std::size_t>(k)];
        for (std::int64_t c = 0; c < x.shape.channels; ++c) {
          for (std::int64_t r = 0; r < 3; ++r) {
            for (std::int64_t s = 0; s < 3; ++s) {
              if (x.contains(i + r - p, j + s - p)) {
                sum += filters.w(k, c, r, s) * x(c, i + r - p, j + s - p);
              }
            }
          }
        }
        // A NaN must come through: max(NaN, 0) would hide it.
        y(k, i, j) = relu && sum < 0 ? T(0) : sum;
      }
    }
  }
}

/// dy (as y) → dx (as x). dx =.
template <typename T>
void dconvolution(const Filters<T>& filters, std::int64_t p, const Map<T>& dy, const Map<T>& dx) {
  for (std::int64_t c = 0; c < dx.shape.channels; ++c) {
    for (std::int64_t i = 0; i < dx.shape.height; ++i) {
      for (std::int64_t j = 0; j < dx.shape.width; ++j) {
        T sum = 0;
        for (std::int64_t k = 0; k < dy.shape.channels; ++k) {
          for (std::int64_t r = 0; r < 3; ++r) {
            for (std::int64_t s = 0; s < 3; ++s) {
              if (dy.contains(i - r + p, j - s + p)) {
                sum += filters.w(k, c, r, s) * dy(k, i - r + p, j - s + p);
              }
            }
          }
        }
        dx(c, i, j) = sum;
      }
    }
  }
}

/// dx += addend.
template <typename T>
void add(const Map<T>& addend, const Map<T>& dx) {
  for (std::int64_t n = 0; n < dx.shape.elements(); ++n) {
    dx[n] += addend[n];
  }
}

}  // namespace impasto::reference
