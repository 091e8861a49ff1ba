// What a run was made from, in a few characters: see InputFingerprints.
#pragma once

#include <string>
#include <vector>

#include "impasto/image.hpp"
#include "impasto/transfer.hpp"
#include "impasto/weights.hpp"

namespace impasto {

std::string fingerprint(const Image& image);
std::string fingerprint(const NetworkWeights& weights);

InputFingerprints fingerprints(const Image& content, const std::vector<Image>& styles,
                               const NetworkWeights& weights);

}  // namespace impasto
