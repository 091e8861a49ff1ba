// Decided settings on the weights that there are.
#pragma once

#include <string>
#include <vector>

#include "presets/fitted_preset.hpp"
#include "presets/settings.hpp"

namespace impasto {

/// Makes `options` anew from their preset as it fits the weights, with everything that was set on
/// top. Returns one line for people on what that changed; empty when nothing did. Throws UsageError
/// when the settings do not go with it.
std::string fit_settings(TransferOptions& options, const std::vector<Settings>& on_top,
                         const NetworkTraits& traits);

}  // namespace impasto
