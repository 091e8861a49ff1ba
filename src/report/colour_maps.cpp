#include "report/colour_maps.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace impasto {
namespace {

/// Viridis: lightness grows evenly, and it reads the same without red-green vision.
constexpr std::array<Colour, 9> kSequentialStops{{{0.267, 0.005, 0.329},
                                                  {0.279, 0.175, 0.483},
                                                  {0.231, 0.318, 0.545},
                                                  {0.173, 0.443, 0.558},
                                                  {0.128, 0.567, 0.551},
                                                  {0.158, 0.683, 0.502},
                                                  {0.369, 0.789, 0.383},
                                                  {0.678, 0.864, 0.190},
                                                  {0.993, 0.906, 0.144}}};

/// ColorBrewer's RdBu, blue for what is negative.
constexpr std::array<Colour, 9> kSignedStops{{{0.129, 0.400, 0.675},
                                              {0.263, 0.576, 0.765},
                                              {0.573, 0.773, 0.871},
                                              {0.820, 0.898, 0.941},
                                              {0.969, 0.969, 0.969},
                                              {0.992, 0.859, 0.780},
                                              {0.957, 0.647, 0.510},
                                              {0.839, 0.376, 0.302},
                                              {0.698, 0.094, 0.169}}};

Colour between(const std::array<Colour, 9>& stops, double t) {
  const double place = std::clamp(t, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
  const std::size_t below = std::min(static_cast<std::size_t>(place), stops.size() - 2);
  const double part = place - static_cast<double>(below);
  const Colour& a = stops[below];
  const Colour& b = stops[below + 1];
  const auto mix = [part](double from, double to) { return from + part * (to - from); };
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

void set_pixel(Image& image, std::size_t at, const Colour& colour) {
  const auto plane = static_cast<std::size_t>(image.pixels());
  image.rgb[at] = static_cast<float>(colour.red);
  image.rgb[plane + at] = static_cast<float>(colour.green);
  image.rgb[2 * plane + at] = static_cast<float>(colour.blue);
}

}  // namespace

Colour colour_of(double value, const ColourScale& scale) {
  if (!std::isfinite(value)) {
    return {0, 0, 0};
  }
  const double size = scale.largest > 0 ? std::min(1.0, std::abs(value) / scale.largest) : 0;
  const double reach = std::copysign(scale.root ? std::sqrt(size) : size, value);
  return scale.map == ColourMap::kSequential ? between(kSequentialStops, reach)
                                             : between(kSignedStops, (1 + reach) / 2);
}

Image grid_picture(const Grid& grid, const ColourScale& scale) {
  Image image(grid.width, grid.height);
  for (std::size_t n = 0; n < grid.values.size(); ++n) {
    set_pixel(image, n, colour_of(static_cast<double>(grid.values[n]), scale));
  }
  return image;
}

Image scale_picture(const ColourScale& scale) {
  Grid ramp{128, 1, {}};
  const double least = scale.map == ColourMap::kSequential ? 0 : -scale.largest;
  for (std::int64_t n = 0; n < ramp.width; ++n) {
    const double part = static_cast<double>(n) / static_cast<double>(ramp.width - 1);
    ramp.values.push_back(static_cast<float>(least + part * (scale.largest - least)));
  }
  return grid_picture(ramp, scale);
}

Image signed_picture(const Image& gradient, double largest) {
  Image image = gradient;
  for (float& value : image.rgb) {
    value = static_cast<float>(0.5 + 0.5 * static_cast<double>(value) / largest);
  }
  return image;
}

double largest_magnitude(const std::vector<float>& values) {
  double largest = 0;
  for (const float value : values) {
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  return largest;
}

double magnitude_quantile(const std::vector<float>& values, double below) {
  std::vector<float> sizes;
  for (const float value : values) {
    if (std::isfinite(value)) {
      sizes.push_back(std::abs(value));
    }
  }
  if (sizes.empty()) {
    return 1;
  }
  const auto at = static_cast<std::ptrdiff_t>(below * static_cast<double>(sizes.size() - 1));
  std::nth_element(sizes.begin(), sizes.begin() + at, sizes.end());
  const auto quantile = static_cast<double>(*(sizes.begin() + at));
  if (quantile > 0) {
    return quantile;
  }
  const double largest = largest_magnitude(sizes);
  return largest > 0 ? largest : 1;
}

}  // namespace impasto
