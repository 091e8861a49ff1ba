// Which pixel a padded pixel is copied from; shared by the CPU backends and the teaching report.
#pragma once

#include <cstdint>

#include "impasto/forms.hpp"

namespace impasto {

/// Source coordinate of padded coordinate p ∈ [0, n+1] along an axis of n pixels.
/// reflect: … 1 | 0 1 … n−1 | n−2 (needs n ≥ 2); replicate: 0 | 0 1 … n−1 | n−1.
inline std::int64_t pad_source(Padding mode, std::int64_t p, std::int64_t n) {
  if (p == 0) {
    return mode == Padding::kReflect ? 1 : 0;
  }
  if (p == n + 1) {
    return mode == Padding::kReflect ? n - 2 : n - 1;
  }
  return p - 1;
}

}  // namespace impasto
