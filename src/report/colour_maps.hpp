// Numbers as colours.
#pragma once

#include <string>
#include <vector>

#include "core/grid.hpp"
#include "impasto/image.hpp"
#include "report/canvas.hpp"

namespace impasto {

/// From 0, dark, to the largest; or from −largest, blue, over 0, nearly white, to largest, red.
enum class ColourMap { kSequential, kSigned };

struct ColourScale {
  ColourMap map = ColourMap::kSequential;
  double largest = 1;
  /// Colours go by √|value|, so that small values can be told apart beside large ones.
  bool root = false;
};

Colour colour_of(double value, const ColourScale& scale);

/// A pixel per number.
Image grid_picture(const Grid& grid, const ColourScale& scale);

/// The scale from its least to its largest value, to be shown beside its pictures.
Image scale_picture(const ColourScale& scale);

/// A gradient as a picture: 0 is mid-grey, ±largest black and white, in each channel.
Image signed_picture(const Image& gradient, double largest);

double largest_magnitude(const std::vector<float>& values);

/// The magnitude that a share `below` of all values stays below; 1 where all are 0.
double magnitude_quantile(const std::vector<float>& values, double below);

}  // namespace impasto
