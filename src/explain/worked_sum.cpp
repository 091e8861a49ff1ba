#include "explain/worked_sum.hpp"

#include <algorithm>
#include <cmath>

namespace impasto {

WorkedSum worked_sum(const std::vector<float>& first_filters, const WorkedPixel& pixel,
                     std::int64_t channel) {
  WorkedSum sum;
  const auto filters =
      static_cast<std::int64_t>(std::min(first_filters.size() / 27, pixel.dz.size() / 9));
  for (std::int64_t k = 0; k < filters; ++k) {
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 3; ++j) {
        const auto w = static_cast<std::size_t>(((k * 3 + channel) * 3 + i) * 3 + j);
        const auto dz = static_cast<std::size_t>((k * 3 + i) * 3 + j);
        const WorkedTerm term{k, i, j, static_cast<double>(first_filters[w]),
                              static_cast<double>(pixel.dz[dz])};
        sum.parts[static_cast<std::size_t>(3 * i + j)] += term.product();
        sum.total += term.product();
        sum.terms.push_back(term);
      }
    }
  }
  std::stable_sort(sum.terms.begin(), sum.terms.end(),
                   [](const WorkedTerm& a, const WorkedTerm& b) {
                     return std::abs(a.product()) > std::abs(b.product());
                   });
  return sum;
}

std::int64_t strongest_channel(const WorkedPixel& pixel) {
  std::int64_t strongest = 0;
  for (std::int64_t channel = 1; channel < 3; ++channel) {
    if (std::abs(pixel.channel(channel).sum) > std::abs(pixel.channel(strongest).sum)) {
      strongest = channel;
    }
  }
  return strongest;
}

}  // namespace impasto
