// The part of a feature map that a changed pixel reaches, and how each layer carries it on.
#pragma once

#include <cstdint>
#include <vector>

#include "explain/host_map.hpp"
#include "impasto/forms.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// Changes of a feature map within a rectangle; outside it they are 0.
struct ChangedPatch {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t channels = 0;
  std::vector<float> values;  ///< height × width × channels

  /// The channels at a place of the map; nothing outside the patch.
  [[nodiscard]] const float* at(std::int64_t column, std::int64_t row) const {
    const bool inside = column >= x && column < x + width && row >= y && row < y + height;
    return inside ? &values[static_cast<std::size_t>(((row - y) * width + column - x) * channels)]
                  : nullptr;
  }

  /// Calls visit(column, row, the channels there) at every place, row by row.
  template <typename Visit>
  void visit(const Visit& visit) const {
    for (std::int64_t n = 0; n < width * height; ++n) {
      visit(x + n % width, y + n / width, &values[static_cast<std::size_t>(n * channels)]);
    }
  }
  /// The same, to change them.
  template <typename Change>
  void change(const Change& change) {
    for (std::int64_t n = 0; n < width * height; ++n) {
      change(x + n % width, y + n / width, &values[static_cast<std::size_t>(n * channels)]);
    }
  }
};

/// A 3 × 3 filter bank ordered for patches: [i][j][c][k].
class PatchFilters {
 public:
  explicit PatchFilters(const ConvolutionWeights& weights);

  /// δz = w ⋆ δx on a map of `in`, with this padding around it.
  [[nodiscard]] ChangedPatch convolve(const ChangedPatch& dx, const Shape& in,
                                      Padding padding) const;

 private:
  std::int64_t in_channels_;
  std::int64_t out_channels_;
  std::vector<float> filters_;
};

/// δy in place of δz. `z`: the whole map before ReLU.
void change_through_relu(const HostMap& z, ChangedPatch& dz);

/// δy of 2 × 2 pooling. `x`: the whole map before pooling.
ChangedPatch change_through_pool(Pooling pooling, const HostMap& x, const ChangedPatch& dx);

}  // namespace impasto
