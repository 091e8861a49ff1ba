// A picture as its file stores it, before its colours, its opacity and its orientation are put
// right.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace impasto {

/// CMYK tells how much ink there is: 0 none, 1 full.
enum class ColourModel { kGrey, kRgb, kCmyk };

struct StoredPicture {
  ColourModel model = ColourModel::kRgb;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<float> colours;  ///< one plane per colour, rows from the top, in [0, 1]
  std::vector<float> alpha;    ///< empty, or one plane in [0, 1]; colours are not multiplied by it

  StoredPicture(ColourModel colour_model, bool has_alpha, std::int64_t stored_width,
                std::int64_t stored_height)
      : model(colour_model),
        width(stored_width),
        height(stored_height),
        colours(colour_channels() * plane()),
        alpha(has_alpha ? plane() : 0) {}

  [[nodiscard]] std::size_t plane() const { return static_cast<std::size_t>(width * height); }
  [[nodiscard]] std::size_t colour_channels() const {
    return model == ColourModel::kGrey ? 1 : model == ColourModel::kRgb ? 3 : 4;
  }
  [[nodiscard]] std::size_t channels() const { return colour_channels() + (alpha.empty() ? 0 : 1); }

  /// Undoes the multiplication of the colours by alpha that some files store.
  void divide_by_alpha() {
    for (std::size_t index = 0; index < colours.size() && !alpha.empty(); ++index) {
      const float opacity = alpha[index % plane()];
      colours[index] = opacity > 0 ? std::min(colours[index] / opacity, 1.0F) : 0.0F;
    }
  }

  /// Fills row `y` from `samples`: width × channels() unsigned integers, the channels of a pixel
  /// side by side, alpha last.
  template <class Sample>
  void set_row(std::int64_t y, const Sample* samples) {
    constexpr auto kLargest = static_cast<float>(std::numeric_limits<Sample>::max());
    const std::size_t all = channels();
    for (std::size_t channel = 0; channel < all; ++channel) {
      float* row = channel < colour_channels() ? colours.data() + channel * plane() : alpha.data();
      row += y * width;
      for (std::int64_t x = 0; x < width; ++x) {
        row[x] =
            static_cast<float>(samples[static_cast<std::size_t>(x) * all + channel]) / kLargest;
      }
    }
  }
};

}  // namespace impasto
