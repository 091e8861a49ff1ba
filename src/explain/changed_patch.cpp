#include "explain/changed_patch.hpp"

#include <algorithm>
#include <optional>

namespace impasto {
namespace {

/// The row or column of a map of `size` that a padded one shows; nothing for a zero.
std::optional<std::int64_t> source_of(std::int64_t place, std::int64_t size, Padding padding) {
  if (place >= 0 && place < size) {
    return place;
  }
  switch (padding) {
    case Padding::kZero:
      return std::nullopt;
    case Padding::kReflect:
      return place < 0 ? -place : 2 * size - 2 - place;
    case Padding::kReplicate:
      return std::clamp<std::int64_t>(place, 0, size - 1);
  }
  return std::nullopt;
}

ChangedPatch patch_of(std::int64_t left, std::int64_t top, std::int64_t right, std::int64_t bottom,
                      std::int64_t channels) {
  ChangedPatch patch{left, top, right - left, bottom - top, channels, {}};
  patch.values.resize(static_cast<std::size_t>(patch.width * patch.height * channels));
  return patch;
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
  for (std::int64_t row = 0; row < dz.height; ++row) {
    for (std::int64_t column = 0; column < dz.width; ++column) {
      float* values =
          &dz.values[static_cast<std::size_t>((row * dz.width + column) * out_channels_)];
      convolve_at(dx, in, padding, dz.x + column, dz.y + row, values);
    }
  }
  return dz;
}

void PatchFilters::convolve_at(const ChangedPatch& dx, const Shape& in, Padding padding,
                               std::int64_t column, std::int64_t row, float* dz) const {
  for (std::int64_t ij = 0; ij < 9; ++ij) {
    const auto from_row = source_of(row + ij / 3 - 1, in.height, padding);
    const auto from_column = source_of(column + ij % 3 - 1, in.width, padding);
    const float* change = from_row && from_column ? dx.at(*from_column, *from_row) : nullptr;
    if (change == nullptr) {
      continue;
    }
    for (std::int64_t c = 0; c < in_channels_; ++c) {
      if (change[c] == 0) {
        continue;  // about half of them, behind a ReLU
      }
      const float* w = &filters_[static_cast<std::size_t>((ij * in_channels_ + c) * out_channels_)];
      for (std::int64_t k = 0; k < out_channels_; ++k) {
        dz[k] += change[c] * w[k];
      }
    }
  }
}

void change_through_relu(const Shape& shape, const std::vector<float>& z, ChangedPatch& change) {
  std::size_t n = 0;
  for (std::int64_t row = change.y; row < change.y + change.height; ++row) {
    for (std::int64_t column = change.x; column < change.x + change.width; ++column) {
      for (std::int64_t c = 0; c < change.channels; ++c, ++n) {
        const auto before = static_cast<double>(
            z[static_cast<std::size_t>((c * shape.height + row) * shape.width + column)]);
        change.values[n] =
            static_cast<float>(relu(before + static_cast<double>(change.values[n])) - relu(before));
      }
    }
  }
}

ChangedPatch change_through_pool(Pooling pooling, const Shape& in, const std::vector<float>& x,
                                 const ChangedPatch& dx) {
  const auto pool = [pooling](const double* window) {
    return pooling == Pooling::kMax ? *std::max_element(window, window + 4)
                                    : (window[0] + window[1] + window[2] + window[3]) / 4;
  };
  ChangedPatch dy = patch_of(dx.x / 2, dx.y / 2, std::min((dx.x + dx.width + 1) / 2, in.width / 2),
                             std::min((dx.y + dx.height + 1) / 2, in.height / 2), dx.channels);
  std::size_t n = 0;
  for (std::int64_t row = dy.y; row < dy.y + dy.height; ++row) {
    for (std::int64_t column = dy.x; column < dy.x + dy.width; ++column) {
      for (std::int64_t c = 0; c < dy.channels; ++c, ++n) {
        double before[4];
        double after[4];
        for (std::int64_t w = 0; w < 4; ++w) {
          const std::int64_t in_row = 2 * row + w / 2;
          const std::int64_t in_column = 2 * column + w % 2;
          const float* change = dx.at(in_column, in_row);
          before[w] = static_cast<double>(
              x[static_cast<std::size_t>((c * in.height + in_row) * in.width + in_column)]);
          after[w] = before[w] + (change != nullptr ? static_cast<double>(change[c]) : 0);
        }
        dy.values[n] = static_cast<float>(pool(after) - pool(before));
      }
    }
  }
  return dy;
}

}  // namespace impasto
