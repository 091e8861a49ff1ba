// From the colours of an embedded ICC profile to sRGB.
#pragma once

#include <string>

#include "impasto/image.hpp"

namespace impasto {

/// Converts `image.rgb` in place from the colours of `profile` (the bytes of an ICC profile, or
/// nothing) to sRGB in [0, 1]. A profile that is sRGB already, damaged, or made for another kind of
/// picture changes nothing: `grey` says that the stored picture has one colour channel, which a
/// grey profile needs.
void convert_to_srgb(Image& image, const std::string& profile, bool grey);

}  // namespace impasto
