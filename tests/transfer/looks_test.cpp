// What people see, in numbers: the picture of a plain command, and the borders of the preset
// oriented.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "backend/cpu/cpu_backend.hpp"
#include "presets/fitted_preset.hpp"
#include "support/paths.hpp"
#include "transfer/session.hpp"
#include "weights/checkpoint.hpp"

namespace impasto {
namespace {

std::vector<double> luminance(const Image& image) {
  const auto pixels = static_cast<std::size_t>(image.pixels());
  std::vector<double> values(pixels);
  for (std::size_t n = 0; n < pixels; ++n) {
    values[n] = (image.rgb[n] + image.rgb[pixels + n] + image.rgb[2 * pixels + n]) / 3;
  }
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return sum / static_cast<double>(values.size());
}

/// Pearson's correlation.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean(a);
  const double mean_b = mean(b);
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t n = 0; n < a.size(); ++n) {
    ab += (a[n] - mean_a) * (b[n] - mean_b);
    aa += (a[n] - mean_a) * (a[n] - mean_a);
    bb += (b[n] - mean_b) * (b[n] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

/// Mean of largest minus least channel over the pixels that lie `from` to `to` pixels from the
/// border.
double saturation(const Image& image, std::int64_t from, std::int64_t to) {
  const auto pixels = static_cast<std::size_t>(image.pixels());
  double sum = 0;
  double count = 0;
  for (std::int64_t y = 0; y < image.height; ++y) {
    for (std::int64_t x = 0; x < image.width; ++x) {
      const std::int64_t distance = std::min({x, y, image.width - 1 - x, image.height - 1 - y});
      if (distance < from || distance > to) {
        continue;
      }
      const auto n = static_cast<std::size_t>(y * image.width + x);
      const auto [least, largest] =
          std::minmax({image.rgb[n], image.rgb[pixels + n], image.rgb[2 * pixels + n]});
      sum += static_cast<double>(largest) - static_cast<double>(least);
      ++count;
    }
  }
  return sum / count;
}

TEST(Looks, PlainCommandOnWeightsOfNoPresetPaintsAndKeepsThePhotograph) {
  const char* weights_folder = std::getenv("IMPASTO_TEST_WEIGHTS");
  const char* images_folder = std::getenv("IMPASTO_TEST_IMAGES");
  if (weights_folder == nullptr || images_folder == nullptr) {
    GTEST_SKIP() << "IMPASTO_TEST_WEIGHTS and IMPASTO_TEST_IMAGES do not name folders";
  }
  const NetworkWeights weights =
      read_checkpoint(std::string(weights_folder) + "/vgg19-blocks1-3.pth", std::nullopt);
  const Image photo = load_image(std::string(images_folder) + "/tuebingen.jpg");
  const Image painting = load_image(std::string(images_folder) + "/starry_night.jpg");
  TransferOptions options = fitted_preset("gatys", traits_of(weights), {}).options;
  options.scales = {64, 128};
  options.scale_iterations = {40, 30};
  TransferObserver silent;
  const TransferResult result =
      transfer_on(*make_cpu_backend(0), photo, {painting}, weights, options, silent);

  EXPECT_LT(result.trace[39].style, result.trace[0].style / 20) << "the style is reached";
  const Image small = resize(photo, result.picture.width, result.picture.height);
  const double likeness = correlation(luminance(result.picture), luminance(small));
  EXPECT_GT(likeness, 0.6) << "the photograph stands";
  EXPECT_LT(likeness, 0.95) << "it is painted";
}

TEST(Looks, OrientedPicturesHaveNoRim) {
  const std::string samples = sample_pictures() + "/";
  TransferOptions options = preset("oriented");
  options.scales = {48, 80, 128};
  TransferObserver silent;
  const Image picture = transfer_on(*make_cpu_backend(0), load_image(samples + "chelsea.jpg"),
                                    {load_image(samples + "swirling_night.jpg")},
                                    oriented_weights(0), options, silent)
                            .picture;
  // Zero padding: …, reflect: …
  EXPECT_LT(saturation(picture, 0, 3) / saturation(picture, 10, 24), 1.15);
}

}  // namespace
}  // namespace impasto
