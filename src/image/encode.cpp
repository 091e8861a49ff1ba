// From an Image to a file's bytes.
#include "image/encode.hpp"

#include <stb_image_write.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"

namespace impasto {

namespace {

constexpr std::int64_t kJpegLongestSide = 65500;  // the format allows 35 more, libjpeg does not

PictureFormat format_of(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  if (extension == ".png") {
    return PictureFormat::kPng;
  }
  if (extension == ".jpg" || extension == ".jpeg") {
    return PictureFormat::kJpeg;
  }
  throw UsageError("cannot tell which picture format to write", path,
                   "let the output's name end in .png, .jpg or .jpeg");
}

void require_encodable(const Image& image, PictureFormat format, const std::string& path) {
  const auto pixels = static_cast<std::size_t>(std::max<std::int64_t>(image.pixels(), 0));
  if (image.width < 1 || image.height < 1 || image.width > kPixelLimit / image.height ||
      image.rgb.size() != 3 * pixels || (!image.alpha.empty() && image.alpha.size() != pixels)) {
    throw UsageError("the picture's planes do not match its size", path,
                     "give 1 to 2^27 pixels, three planes and at most one of alpha");
  }
  if (format == PictureFormat::kJpeg && std::max(image.width, image.height) > kJpegLongestSide) {
    throw InputError("a JPEG's sides are at most 65500 pixels", path, "write a .png instead");
  }
}

/// Clipped and rounded; what is not a number becomes black.
unsigned char to_byte(float value) {
  const float clipped = value > 0.0F ? std::min(value, 1.0F) : 0.0F;
  return static_cast<unsigned char>(std::lround(clipped * 255.0F));
}

/// The colour that gives `over_white` when composited over white with this opacity.
float take_off_white(float over_white, float alpha) {
  return alpha > 0.0F ? (over_white - (1.0F - alpha)) / alpha : over_white;
}

std::vector<unsigned char> interleave(const Image& image, bool with_alpha) {
  const auto plane = static_cast<std::size_t>(image.pixels());
  const std::size_t channels = with_alpha ? 4 : 3;
  std::vector<unsigned char> pixels(plane * channels);
  for (std::size_t index = 0; index < plane; ++index) {
    const unsigned char opacity = with_alpha ? to_byte(image.alpha[index]) : 255;
    const float alpha = static_cast<float>(opacity) / 255.0F;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const float value = image.rgb[channel * plane + index];
      pixels[index * channels + channel] =
          to_byte(with_alpha ? take_off_white(value, alpha) : value);
    }
    if (with_alpha) {
      pixels[index * channels + 3] = opacity;
    }
  }
  return pixels;
}

void append_to_string(void* text, void* data, int size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(data),
                                          static_cast<std::size_t>(size));
}

std::string encode(const Image& image, PictureFormat format, int quality) {
  const bool png = format == PictureFormat::kPng;
  const bool with_alpha = png && !image.alpha.empty();
  const auto pixels = interleave(image, with_alpha);
  const int width = static_cast<int>(image.width);
  const int height = static_cast<int>(image.height);
  const int channels = with_alpha ? 4 : 3;
  std::string bytes;
  const int done = png ? stbi_write_png_to_func(append_to_string, &bytes, width, height, channels,
                                                pixels.data(), width * channels)
                       : stbi_write_jpg_to_func(append_to_string, &bytes, width, height, channels,
                                                pixels.data(), quality);
  if (done == 0) {
    throw DeviceError("not enough memory to encode the picture", "", "write a smaller one");
  }
  return bytes;
}

}  // namespace

std::string encode_picture(const Image& image, PictureFormat format, int quality) {
  require_encodable(image, format, "picture");
  return encode(image, format, quality);
}

bool keeps_alpha(const std::string& path) {
  return format_of(path) == PictureFormat::kPng;
}

std::string encode_for(const std::string& path, const Image& image) {
  const PictureFormat format = format_of(path);
  require_encodable(image, format, path);
  return encode(image, format, kJpegQuality);
}

void save_image(const std::string& path, const Image& image) {
  write_file(path, encode_for(path, image));
}

void check_writable(const std::string& path) {
  format_of(path);
  require_writable(path);
}

}  // namespace impasto
