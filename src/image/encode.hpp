// From an Image to a file's bytes, in memory.
#pragma once

#include <string>

#include "image/header.hpp"
#include "impasto/image.hpp"

namespace impasto {

/// Above 90 stb keeps a JPEG's colours at full resolution, 4:4:4.
inline constexpr int kJpegQuality = 95;

/// The whole file of a PNG (with alpha where there is one) or a JPEG of this quality. Values are
/// clipped to [0, 1] and rounded. Throws UsageError for planes that do not match the size or
/// another format.
std::string encode_picture(const Image& image, PictureFormat format, int quality = kJpegQuality);

/// The file that save_image would write to `path`. Throws UsageError for an extension that names no
/// format, InputError for a picture that the format cannot hold.
std::string encode_for(const std::string& path, const Image& image);

}  // namespace impasto
