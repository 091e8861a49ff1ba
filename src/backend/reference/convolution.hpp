// 3 × 3 convolution, stride 1, as every trained VGG means it: a cross-correlation.
//
//   y[k,i,j] = b[k] + Σ_c Σ_u Σ_v w[k,c,u,v] · x[c, i+u−p, j+v−p]          u, v ∈ {0,1,2}; x is 0
//   outside
//
// with p = 1 (zero padding), or p = 0 where the input was padded by another operation. The data
// gradient: x[c,i,j] enters y[k, i−u+p, j−v+p] with factor w[k,c,u,v], so by the chain rule
//
//   dx[c,i,j] = Σ_k Σ_u Σ_v w[k,c,u,v] · dy[k, i−u+p, j−v+p]
//
// which is again a convolution: of dy, with the filters turned by 180° and in/out channels
// exchanged.
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

  T w(std::int64_t k, std::int64_t c, std::int64_t u, std::int64_t v) const {
    return weight[static_cast<std::size_t>(((k * in_channels + c) * 3 + u) * 3 + v)];
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
          for (std::int64_t u = 0; u < 3; ++u) {
            for (std::int64_t v = 0; v < 3; ++v) {
              if (x.contains(i + u - p, j + v - p)) {
                sum += filters.w(k, c, u, v) * x(c, i + u - p, j + v - p);
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
          for (std::int64_t u = 0; u < 3; ++u) {
            for (std::int64_t v = 0; v < 3; ++v) {
              if (dy.contains(i - u + p, j - v + p)) {
                sum += filters.w(k, c, u, v) * dy(k, i - u + p, j - v + p);
              }
            }
          }
        }
        dx(c, i, j) = sum;
      }
    }
  }
}

}  // namespace impasto::reference
