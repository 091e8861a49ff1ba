// Which presets a network can serve: every layer that a preset reads must be there.
#pragma once

#include <string>
#include <vector>

#include "impasto/options.hpp"

namespace impasto {

/// The preset, other than `name`, whose layers are all among `taps` and that shares the most layers
/// with the preset `name`; of several the one with the fewest others. Empty when none works.
std::string nearest_preset(const std::string& name, const std::vector<std::string>& taps);

/// Throws InputError when a layer that `options` have from their preset is not among `taps`, which
/// the weights of `source` offer: it lists both, and names the nearest preset that works. Layers
/// that were chosen anew are left to find_tap.
void require_preset_taps(const TransferOptions& options, const std::vector<std::string>& taps,
                         const std::string& source);

}  // namespace impasto
