// What a run was made from, in a few characters.
#pragma once

#include <string>
#include <vector>

#include "impasto/image.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// Sixteen hexadecimal digits that differ, in all likelihood, for other pictures or weights. No
/// protection against forgery.
std::string fingerprint(const Image& content, const std::vector<Image>& styles,
                        const NetworkWeights& weights);

}  // namespace impasto
