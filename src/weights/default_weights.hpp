// The weights that are used where none are named.
#pragma once

#include <optional>
#include <string>

namespace impasto {

/// default_weights_path() (impasto/weights.hpp), or nothing where that would throw.
std::optional<std::string> find_default_weights();

}  // namespace impasto
