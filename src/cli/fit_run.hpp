// A decided run on the weights that there are.
#pragma once

#include <string>

#include "cli/transfer_arguments.hpp"
#include "presets/fitted_preset.hpp"

namespace impasto {

/// Makes the run's options anew from its preset as it fits the weights, with everything that was
/// given on top. Returns one line for people on what that changed; empty when nothing did. A
/// resumed run is left as it was. Throws UsageError when the given options do not go with it.
std::string fit_run(TransferRun& run, const NetworkTraits& traits);

/// Where a run names no weights, it gets those that are used by default; none where there are none.
void take_default_weights(TransferRun& run);

/// The effective options as TOML, fitted to the run's weights. Where there are none yet, what
/// depends on them stands as comments, so that the text read back is still the same run on any.
/// Throws InputError for a weights file that cannot be read.
std::string config_on_weights(TransferRun run);

}  // namespace impasto
