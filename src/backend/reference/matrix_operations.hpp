// What losses on means and covariances are made of. Matrices are row-major, R rows by C columns:
// Map's height and width.
#pragma once

#include <cmath>

#include "backend/reference/map.hpp"

namespace impasto::reference {

/// mean[c] = Σ_m f[c,m] / M.  mean (N values) =.
template <typename T>
void channel_means(const Map<T>& f, const Map<T>& mean) {
  const std::int64_t positions = f.shape.positions();
  for (std::int64_t c = 0; c < f.shape.channels; ++c) {
    double sum = 0;
    for (std::int64_t m = 0; m < positions; ++m) {
      sum += static_cast<double>(f[c * positions + m]);
    }
    mean[c] = static_cast<T>(sum / static_cast<double>(positions));
  }
}

/// The way back, df[c,m] += a · values[c]: with a = 1/M and values = dL/dmean it is channel_means'.
template <typename T>
void add_to_channels(double a, const Map<T>& values, const Map<T>& df) {
  const std::int64_t positions = df.shape.positions();
  for (std::int64_t n = 0; n < df.shape.elements(); ++n) {
    df[n] =
        static_cast<T>(static_cast<double>(df[n]) + a * static_cast<double>(values[n / positions]));
  }
}

/// z = or += a x y:  x is R × K, y is K × C, z is R × C and neither x nor y.
template <typename T>
void multiply(double a, const Map<T>& x, const Map<T>& y, const Map<T>& z, bool accumulate) {
  const std::int64_t inner = x.shape.width;
  const std::int64_t columns = z.shape.width;
  for (std::int64_t row = 0; row < z.shape.height; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      double sum = 0;
      for (std::int64_t k = 0; k < inner; ++k) {
        sum +=
            static_cast<double>(x[row * inner + k]) * static_cast<double>(y[k * columns + column]);
      }
      T& result = z[row * columns + column];
      result = static_cast<T>((accumulate ? static_cast<double>(result) : 0.0) + a * sum);
    }
  }
}

/// y = x / √squares, with Σ x² as `squares` the matrix of norm 1; 0 where that is 0. y may be x.
template <typename T>
void divide_by_norm(const Map<T>& x, double squares, const Map<T>& y) {
  for (std::int64_t n = 0; n < x.shape.elements(); ++n) {
    y[n] = static_cast<T>(squares > 0 ? static_cast<double>(x[n]) / std::sqrt(squares) : 0.0);
  }
}

template <typename T>
double trace(const Map<T>& x) {
  double sum = 0;
  for (std::int64_t n = 0; n < x.shape.height; ++n) {
    sum += static_cast<double>(x[n * x.shape.width + n]);
  }
  return sum;
}

/// With C = norm · X, norm = √squares, Y = p(X) and D = p′(X) for a polynomial p, the trace of
/// √norm · Y has the gradient along C
///
///   K = (D + (½ tr Y − ⟨X, D⟩) X) / √norm,
///
/// as the norm depends on C too. Returned is c (tr S − 2 √norm tr Y); dC = −2c K. dC may be D.
/// `product` is ⟨X, D⟩.
template <typename T>
double bures_distance(double c, const Map<T>& s, double squares, double product, const Map<T>& x,
                      const Map<T>& y, const Map<T>& d, const Map<T>& dc) {
  const double root = std::sqrt(std::sqrt(squares));
  const double trace_y = trace(y);
  const double factor = squares > 0 ? -2 * c / root : 0;
  for (std::int64_t n = 0; n < x.shape.elements(); ++n) {
    dc[n] = static_cast<T>(
        factor * (static_cast<double>(d[n]) + (trace_y / 2 - product) * static_cast<double>(x[n])));
  }
  return c * (trace(s) - 2 * root * trace_y);
}

}  // namespace impasto::reference
