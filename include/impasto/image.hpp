// Pictures on the host: decode, resize, encode.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace impasto {

/// A picture in display space. `rgb` is planar (CHW): three planes R, G, B of height × width
/// values, row by row from the top left, sRGB-encoded, nominally in [0, 1]. `alpha` is empty, or
/// one plane in [0, 1].
struct Image {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<float> rgb;
  std::vector<float> alpha;
  std::string name;  ///< the file that it was read from, for messages; may be empty

  Image() = default;
  /// A black picture without alpha.
  Image(std::int64_t image_width, std::int64_t image_height)
      : width(image_width),
        height(image_height),
        rgb(static_cast<std::size_t>(3 * image_width * image_height)) {}

  [[nodiscard]] std::int64_t pixels() const { return width * height; }
};

/// Reads a PNG, JPEG, WebP, TIFF, HEIC, AVIF, BMP, TGA, PGM or PPM, judged by its contents: grey,
/// RGB or CMYK, with or without alpha, of up to 16 bits; of several pictures in a file the first.
/// It is turned upright as its EXIF or XMP orientation says, and an embedded ICC profile, or a
/// PNG's gAMA and cHRM, is converted to sRGB. Where the picture is transparent, `rgb` holds the
/// colours composited over white and `alpha` the opacity; a picture whose alpha is 1 everywhere has
/// none. Throws InputError when the file is missing, no regular file, too large, no picture (the
/// error names what it is), damaged, or lacks a part of its pixels; what lacks or follows after the
/// last pixel does no harm. Memory and time are bounded by the size that the file declares.
Image load_image(const std::string& path);

/// Writes a PNG (8 bit, with alpha where there is one) or a JPEG (quality 95, 4:4:4), by the
/// extension of `path`. Values are clipped to [0, 1] and rounded. The file appears whole or not at
/// all: it is written beside `path` and renamed. Throws UsageError for another extension,
/// InputError when it cannot be written.
void save_image(const std::string& path, const Image& image);

/// Whether save_image writes alpha to a file of this name. Throws UsageError for another extension.
bool keeps_alpha(const std::string& path);

/// Throws what save_image would throw for this path, without writing a picture: before hours of
/// work, not after.
void check_writable(const std::string& path);

/// Resamples to width × height with an antialiased Catmull-Rom (bicubic) filter whose support grows
/// when shrinking. `rgb` is not clamped, alpha is. Throws UsageError for a size below 1.
Image resize(const Image& image, std::int64_t width, std::int64_t height);

}  // namespace impasto
