#include <stb_image_resize.h>

#include <algorithm>

#include "image/header.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"

namespace impasto {

namespace {

/// One plane at a time, so that nothing but the filter mixes values, whatever their range.
void resize_plane(const float* from, const Image& source, float* to, const Image& target) {
  const int done = stbir_resize_float_generic(
      from, static_cast<int>(source.width), static_cast<int>(source.height), 0, to,
      static_cast<int>(target.width), static_cast<int>(target.height), 0, 1,
      STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_FILTER_CATMULLROM,
      STBIR_COLORSPACE_LINEAR, nullptr);
  if (done == 0) {
    throw DeviceError("not enough memory to resize the picture", "", "choose a smaller size");
  }
}

}  // namespace

Image resize(const Image& image, std::int64_t width, std::int64_t height) {
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width < 1 || height < 1 || image.width < 1 || image.height < 1) {
    throw UsageError("cannot resize to " + size, "", "give at least 1 x 1 pixels");
  }
  if (width > kPixelLimit / height) {
    throw UsageError("cannot resize to " + size, "", "give at most 128 megapixels");
  }
  if (width == image.width && height == image.height) {
    return image;
  }
  Image result(width, height);
  for (std::int64_t plane = 0; plane < 3; ++plane) {
    resize_plane(image.rgb.data() + plane * image.pixels(), image,
                 result.rgb.data() + plane * result.pixels(), result);
  }
  if (!image.alpha.empty()) {
    result.alpha.resize(static_cast<std::size_t>(result.pixels()));
    resize_plane(image.alpha.data(), image, result.alpha.data(), result);
    for (float& alpha : result.alpha) {
      alpha = std::clamp(alpha, 0.0F, 1.0F);
    }
  }
  return result;
}

}  // namespace impasto
