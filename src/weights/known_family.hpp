// Which inputs a converted network was trained for, when its file does not say.
#pragma once

#include <string>

#include "impasto/weights.hpp"

namespace impasto {

struct JudgedFamily {
  WeightFamily family = WeightFamily::kTorchvision;
  std::string reason;  ///< "named like a conversion of the authors' networks"
};

/// The family of a network by, in this order: the checksum or the name of a well-known conversion;
/// the values of VGG-19's own layers; a first layer so small that it can only answer to values of
/// some hundred, or so large that it can only answer to values of about one; else `usual`, that of
/// its container. `network` has source, source_sha256 and its convolutions set.
JudgedFamily judge_family(const NetworkWeights& network, WeightFamily usual);

}  // namespace impasto
