// From layer names in the options to taps of a walk and terms of the losses.
#pragma once

#include <vector>

#include "impasto/options.hpp"
#include "losses/losses.hpp"
#include "network/topology.hpp"

namespace impasto {

LossForms forms_of(const TransferOptions& options);

struct TapPlan {
  std::vector<std::size_t> taps;  ///< layers that the walk taps, each once
  std::vector<LossTerm> content;  ///< terms, by index into `taps`
  std::vector<LossTerm> style;
};

/// Terms that cannot contribute (weight zero) are left out. Throws as find_tap, and UsageError when
/// nothing is left.
TapPlan plan_taps(const TransferOptions& options, const std::vector<Layer>& layers);

}  // namespace impasto
