// The blocks beside the pixels: EXIF, XMP and colours, as JPEG, PNG and BMP carry them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "image/header.hpp"

namespace impasto {

/// How a picture's numbers become light, as PNG's gAMA and cHRM say it without a profile.
struct PlainColours {
  double gamma = 0;  ///< stored value = light ^ gamma; 0 where only the primaries are told
  /// x and y (CIE 1931) of white, red, green and blue; sRGB's where only gamma is told.
  std::array<double, 8> chromaticities{0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06};
};

/// What damaged metadata would have said counts as unsaid.
struct Metadata {
  int orientation = 0;                  ///< of a TIFF, in EXIF's numbering; 0 where it does not say
  std::string exif;                     ///< starting with "Exif\0\0", or empty
  std::string xmp;                      ///< XML, or empty
  std::string icc;                      ///< the ICC profile, uncompressed, or empty
  std::optional<PlainColours> colours;  ///< never where there is a profile
};

Metadata read_metadata(std::string_view bytes, PictureFormat format);

}  // namespace impasto
