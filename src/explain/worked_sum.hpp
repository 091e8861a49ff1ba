// The gradient of one pixel's channel through the first convolution, term by term.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "explain/explanation.hpp"

namespace impasto {

/// w[k, c, i, j] · dz[k, y + 1 − i, x + 1 − j]
struct WorkedTerm {
  std::int64_t k = 0;
  std::int64_t i = 0;
  std::int64_t j = 0;
  double w = 0;
  double dz = 0;
  [[nodiscard]] double product() const { return w * dz; }
};

struct WorkedSum {
  std::array<double, 9> parts{};  ///< Σ_k for each i and j, row by row
  std::vector<WorkedTerm> terms;  ///< all of them, the largest magnitude first
  double total = 0;
};

WorkedSum worked_sum(const std::vector<float>& first_filters, const WorkedPixel& pixel,
                     std::int64_t channel);

/// The channel whose sum is largest in magnitude.
std::int64_t strongest_channel(const WorkedPixel& pixel);

}  // namespace impasto
