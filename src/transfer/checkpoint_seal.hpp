// The digest that a checkpoint's file holds of its own bytes, so that none of them changes
// unnoticed.
#pragma once

#include <string>

namespace impasto {

/// The value of the header's member "sha256" of which the digest is taken.
inline constexpr const char* kUnsealed =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// Writes into `file`, a whole checkpoint, the SHA-256 that it has while "sha256" is `kUnsealed`.
/// Leaves a file without that member alone.
void seal(std::string& file);

/// Whether `file` holds the digest that `seal` would write.
bool is_sealed(const std::string& file);

}  // namespace impasto
