// The weights that are used where none are named.
#pragma once

#include <optional>
#include <string>

namespace impasto {

/// default_weights_path() (impasto/weights.hpp), or nothing where there are none. Throws InputError
/// where $IMPASTO_WEIGHTS names something that is no file, or that may not be looked at.
std::optional<std::string> find_default_weights();

}  // namespace impasto
