// Pictures in which there is nothing to see.
#pragma once

#include <optional>
#include <string>

#include "impasto/image.hpp"

namespace impasto {

/// A warning where the picture is transparent, or of one colour, everywhere. `role`: "content" or
/// "style".
std::optional<std::string> blank_warning(const Image& picture, const std::string& role);

}  // namespace impasto
