// The weights that are used where none are named.
#pragma once

#include <optional>
#include <string>

namespace impasto {

/// $IMPASTO_WEIGHTS where it specifies a network that is built in memory, "oriented:3"; else empty.
/// Throws UsageError for a bad seed.
std::string built_in_network_of_environment();

/// default_weights_path() (impasto/weights.hpp), or nothing where there are none. Throws InputError
/// where $IMPASTO_WEIGHTS names something that is no file, or that may not be looked at.
std::optional<std::string> find_default_weights();

}  // namespace impasto
