// A preset's balance of content and style means something on one family of weights only.
#pragma once

#include <string>

#include "impasto/options.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// What to say when a preset's published balance does not fit the weights; empty when it does.
std::string family_warning(const TransferOptions& options, const NetworkWeights& weights);

}  // namespace impasto
