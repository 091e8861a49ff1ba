// What impasto inspect says of a checkpoint.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace impasto {

/// Inputs, where the run is, its options, and the command that goes on with it. Throws InputError
/// for a damaged file.
nlohmann::ordered_json describe_checkpoint(const std::string& path);

}  // namespace impasto
