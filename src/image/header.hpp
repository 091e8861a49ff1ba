// What a picture file says about itself, before a single pixel is decoded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace impasto {

/// No picture has more pixels than this: 128 megapixels.
inline constexpr std::int64_t kPixelLimit = std::int64_t{1} << 27;

enum class PictureFormat { kPng, kJpeg, kBmp, kTga, kPnm, kWebp, kTiff, kHeif };

struct PictureHeader {
  PictureFormat format = PictureFormat::kPng;
  std::int64_t width = 0;
  std::int64_t height = 0;
  // No complete file of this header is shorter. A double, since damaged headers reach beyond 64
  // bits.
  double least_bytes = 0;
};

/// "PNG", "JPEG", "BMP" and so on.
std::string format_name(PictureFormat format);

/// Throws InputError, naming `path`, unless both are at least 1 and the pixels at most kPixelLimit.
void require_possible_size(std::int64_t width, std::int64_t height, const std::string& path);

/// The header of the picture in `bytes`, with a possible size. Throws InputError, naming `path`,
/// for anything else, and when `bytes` are too few for so many pixels. WebP, TIFF and HEIF leave
/// all but the format to their decoders.
PictureHeader read_header(std::string_view bytes, const std::string& path);

}  // namespace impasto
