// From the colours that a file stores to sRGB.
#pragma once

#include <string>

#include "image/metadata.hpp"
#include "image/stored_picture.hpp"
#include "impasto/image.hpp"

namespace impasto {

/// The picture in sRGB, through the ICC profile or the plain colours of `metadata` where there are
/// any, else as sRGB (CMYK then by the formula light = (1 − ink) (1 − black)). A profile that is
/// sRGB already, damaged, or made for another kind of picture counts as none. Alpha is kept.
Image to_srgb(StoredPicture stored, const Metadata& metadata);

/// For people: what to_srgb converts from, "ICC: Display P3", or why it converts nothing.
std::string describe_profile(const Metadata& metadata, ColourModel model);

}  // namespace impasto
