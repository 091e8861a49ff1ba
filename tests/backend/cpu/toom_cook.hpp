// Winograd's matrices from their points, in double: the oracle for the hand-factored transforms.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace impasto {

using Matrix = std::vector<std::vector<double>>;

/// The coefficients of Π (x − a) over the points but number `left_out`, constant term first.
inline std::vector<double> product_of_roots(const std::vector<double>& points,
                                            std::size_t left_out) {
  std::vector<double> result{1};
  for (std::size_t p = 0; p < points.size(); ++p) {
    if (p == left_out) {
      continue;
    }
    std::vector<double> next(result.size() + 1, 0.0);
    for (std::size_t n = 0; n < result.size(); ++n) {
      next[n + 1] += result[n];
      next[n] -= points[p] * result[n];
    }
    result = next;
  }
  return result;
}

/// F(m, 3): y = Aᵀ [(G g) ⊙ (Bᵀ d)] is y_k = Σ_j g_j d_{k+j}. The points are finite; ∞ is added.
/// See winograd_convolution.hpp for the derivation.
struct ToomCook {
  Matrix bt;
  Matrix g;
  Matrix at;

  explicit ToomCook(const std::vector<double>& points) {
    const std::size_t n = points.size() + 1;
    const std::size_t m = n - 2;
    at.assign(m, std::vector<double>(n, 0.0));
    for (std::size_t i = 0; i + 1 < n; ++i) {
      const double a = points[i];
      const double scale = a == 0 ? 1 : std::abs(a);
      std::vector<double> row = product_of_roots(points, i);
      double slope = 0;  // M'(a) = Π (a − other)
      for (std::size_t c = row.size(); c-- > 0;) {
        slope = slope * a + row[c];
      }
      row.push_back(0);
      bt.push_back(row);
      g.push_back({1 / scale, a / scale, a * a / scale});
      for (std::size_t k = 0; k < m; ++k) {
        at[k][i] = std::pow(a, static_cast<double>(k)) * scale / slope;
      }
    }
    bt.push_back(product_of_roots(points, n));
    g.push_back({0, 0, 1});
    at[m - 1][n - 1] = 1;
  }
};

inline Matrix product(const Matrix& a, const Matrix& b) {
  Matrix result(a.size(), std::vector<double>(b[0].size(), 0.0));
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < b.size(); ++k) {
      for (std::size_t j = 0; j < b[0].size(); ++j) {
        result[i][j] += a[i][k] * b[k][j];
      }
    }
  }
  return result;
}

inline Matrix transposed(const Matrix& a) {
  Matrix result(a[0].size(), std::vector<double>(a.size()));
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a[0].size(); ++j) {
      result[j][i] = a[i][j];
    }
  }
  return result;
}

}  // namespace impasto
