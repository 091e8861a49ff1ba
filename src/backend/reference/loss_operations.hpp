// What the losses are made of. F is a feature map as an N × M matrix.
#pragma once

#include "backend/reference/map.hpp"

namespace impasto::reference {

/// L = c Σ (f − p)²,  dL/df = 2c (f − p). df = or +=; an empty df is skipped. df may be f.
template <typename T>
double squared_difference(double c, const Map<T>& f, const Map<T>& p, const Map<T>& df,
                          bool accumulate) {
  double sum = 0;
  for (std::int64_t n = 0; n < f.shape.elements(); ++n) {
    const double difference = static_cast<double>(f[n]) - static_cast<double>(p[n]);
    sum += difference * difference;
    if (df.data != nullptr) {
      df[n] = static_cast<T>((accumulate ? static_cast<double>(df[n]) : 0.0) + 2 * c * difference);
    }
  }
  return c * sum;
}

/// G = c F Fᵀ:  g[a,b] = c Σ_m f[a,m] f[b,m].  g (N × N) =.
template <typename T>
void gram(double c, const Map<T>& f, const Map<T>& g) {
  const std::int64_t channels = f.shape.channels;
  const std::int64_t positions = f.shape.positions();
  for (std::int64_t a = 0; a < channels; ++a) {
    for (std::int64_t b = 0; b < channels; ++b) {
      double sum = 0;
      for (std::int64_t m = 0; m < positions; ++m) {
        sum +=
            static_cast<double>(f[a * positions + m]) * static_cast<double>(f[b * positions + m]);
      }
      g[a * channels + b] = static_cast<T>(c * sum);
    }
  }
}

/// With D = dL/dG symmetric,  dL/dF = 2c' D F  (each f[a,m] stands in row a and in column a of G).
/// The caller passes c = 2c':  df[a,m] = or += c Σ_b d[a,b] f[b,m].
template <typename T>
void dgram(double c, const Map<T>& d, const Map<T>& f, const Map<T>& df, bool accumulate) {
  const std::int64_t channels = f.shape.channels;
  const std::int64_t positions = f.shape.positions();
  for (std::int64_t a = 0; a < channels; ++a) {
    for (std::int64_t m = 0; m < positions; ++m) {
      double sum = 0;
      for (std::int64_t b = 0; b < channels; ++b) {
        sum += static_cast<double>(d[a * channels + b]) * static_cast<double>(f[b * positions + m]);
      }
      T& gradient = df[a * positions + m];
      gradient = static_cast<T>((accumulate ? static_cast<double>(gradient) : 0.0) + c * sum);
    }
  }
}

/// TV = c/2 Σ (x[i,j+1] − x[i,j])² + (x[i+1,j] − x[i,j])²; each difference d pulls its two pixels
/// by ±c·d. dx +=.
template <typename T>
double total_variation(double c, const Map<T>& x, const Map<T>& dx) {
  double sum = 0;
  const auto pull = [&](std::int64_t ch, std::int64_t i, std::int64_t j, std::int64_t i2,
                        std::int64_t j2) {
    const double difference = static_cast<double>(x(ch, i2, j2)) - static_cast<double>(x(ch, i, j));
    sum += difference * difference;
    dx(ch, i2, j2) += static_cast<T>(c * difference);
    dx(ch, i, j) -= static_cast<T>(c * difference);
  };
  for (std::int64_t ch = 0; ch < x.shape.channels; ++ch) {
    for (std::int64_t i = 0; i < x.shape.height; ++i) {
      for (std::int64_t j = 0; j < x.shape.width; ++j) {
        if (j + 1 < x.shape.width) {
          pull(ch, i, j, i, j + 1);
        }
        if (i + 1 < x.shape.height) {
          pull(ch, i, j, i + 1, j);
        }
      }
    }
  }
  return c / 2 * sum;
}

}  // namespace impasto::reference
