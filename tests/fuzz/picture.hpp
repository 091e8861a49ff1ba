// What the targets of the picture decoders share.
#pragma once

#include <functional>
#include <string_view>

#include "image/header.hpp"

namespace impasto::fuzz {

/// Decodes the bytes with metadata, profile and orientation where their header is of a wanted
/// format and declares a picture that is quickly decoded.
void decode_small(std::string_view bytes, const std::function<bool(PictureFormat)>& is_wanted);

}  // namespace impasto::fuzz
