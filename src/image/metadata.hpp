// The blocks beside the pixels: EXIF and ICC, as PNG, JPEG and BMP carry them.
#pragma once

#include <string>
#include <string_view>

#include "image/header.hpp"

namespace impasto {

/// The EXIF block, starting with "Exif\0\0", or nothing. Damaged metadata counts as none.
std::string exif_block(std::string_view bytes, PictureFormat format);

/// The ICC profile, uncompressed, or nothing. Damaged metadata counts as none.
std::string icc_profile(std::string_view bytes, PictureFormat format);

}  // namespace impasto
