// A gradient at the pixels as a picture in the page.
#pragma once

#include <string>

#include "impasto/image.hpp"

namespace impasto {

/// The picture, with `label` (markup) and its scale below it: mid-grey is 0, its own 99.5th
/// percentile black and white.
std::string signed_gradient(const Image& gradient, const std::string& alt,
                            const std::string& label);

}  // namespace impasto
