#include "explain/changed_patch.hpp"

#include <algorithm>

#include "backend/pad_source.hpp"

namespace impasto {
namespace {

/// A patch without changes that ends before `right` and `bottom`.
ChangedPatch patch_of(std::int64_t left, std::int64_t top, std::int64_t right, std::int64_t bottom,
                      std::int64_t channels) {
  ChangedPatch patch{left, top, right - left, bottom - top, channels, {}};
  patch.values.resize(static_cast<std::size_t>(patch.width * patch.height * channels));
  return patch;
}

/// What a padded map of `in` shows at this place: the changes where they were copied from. Nothing
/// for a zero.
const float* padded_at(const ChangedPatch& dx, const Shape& in, Padding padding,
                       std::int64_t column, std::int64_t row) {
  const bool inside = column >= 0 && column < in.width && row >= 0 && row < in.height;
  return inside || padding != Padding::kZero ? dx.at(pad_source(padding, column + 1, in.width),
                                                     pad_source(padding, row + 1, in.height))
                                             : nullptr;
}

double relu(double value) {
  return std::max(value, 0.0);
}

}  // namespace

PatchFilters::PatchFilters(const ConvolutionWeights& weights)
    : in_channels_(weights.in_channels),
      out_channels_(weights.out_channels),
      filters_(weights.weight.size()) {
  std::size_t source = 0;
  for (std::int64_t k = 0; k < out_channels_; ++k) {
    for (std::int64_t c = 0; c < in_channels_; ++c) {
      for (std::int64_t ij = 0; ij < 9; ++ij) {
        const std::int64_t target = (ij * in_channels_ + c) * out_channels_ + k;
        filters_[static_cast<std::size_t>(target)] = weights.weight[source++];
      }
    }
  }
}

ChangedPatch PatchFilters::convolve(const ChangedPatch& dx, const Shape& in,
                                    Padding padding) const {
  ChangedPatch dz =
      patch_of(std::max<std::int64_t>(dx.x - 1, 0), std::max<std::int64_t>(dx.y - 1, 0),
               std::min(dx.x + dx.width + 1, in.width), std::min(dx.y + dx.height + 1, in.height),
               out_channels_);
  dz.change([&](std::int64_t column, std::int64_t row, float* sums) {
    for (std::int64_t ij = 0; ij < 9; ++ij) {
      const float* change = padded_at(dx, in, padding, column + ij % 3 - 1, row + ij / 3 - 1);
      for (std::int64_t c = 0; change != nullptr && c < in_channels_; ++c) {
        if (change[c] == 0) {
          continue;  // about half of them, behind a ReLU
        }
        const float* w =
            &filters_[static_cast<std::size_t>((ij * in_channels_ + c) * out_channels_)];
        for (std::int64_t k = 0; k < out_channels_; ++k) {
          sums[k] += change[c] * w[k];
        }
      }
    }
  });
  return dz;
}

void change_through_relu(const HostMap& z, ChangedPatch& dz) {
  dz.change([&](std::int64_t column, std::int64_t row, float* values) {
    for (std::int64_t c = 0; c < dz.channels; ++c) {
      const double before = z.at(c, column, row);
      values[c] = static_cast<float>(relu(before + static_cast<double>(values[c])) - relu(before));
    }
  });
}

ChangedPatch change_through_pool(Pooling pooling, const HostMap& x, const ChangedPatch& dx) {
  const auto pool = [pooling](const double* window) {
    return pooling == Pooling::kMax ? *std::max_element(window, window + 4)
                                    : (window[0] + window[1] + window[2] + window[3]) / 4;
  };
  ChangedPatch dy =
      patch_of(dx.x / 2, dx.y / 2, std::min((dx.x + dx.width + 1) / 2, x.shape.width / 2),
               std::min((dx.y + dx.height + 1) / 2, x.shape.height / 2), dx.channels);
  dy.change([&](std::int64_t column, std::int64_t row, float* values) {
    for (std::int64_t c = 0; c < dy.channels; ++c) {
      double before[4];
      double after[4];
      for (std::int64_t n = 0; n < 4; ++n) {
        const float* change = dx.at(2 * column + n % 2, 2 * row + n / 2);
        before[n] = x.at(c, 2 * column + n % 2, 2 * row + n / 2);
        after[n] = before[n] + (change != nullptr ? static_cast<double>(change[c]) : 0);
      }
      values[c] = static_cast<float>(pool(after) - pool(before));
    }
  });
  return dy;
}

}  // namespace impasto
