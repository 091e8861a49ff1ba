// A data gradient whose ReLU mask, with a sum before it, is a kernel of its own, behind a way that
// has neither.
#pragma once

#include <vector>

#include "backend/cuda/convolution_pass.hpp"

namespace impasto::cuda {

/// `ways`, "data/1, then the mask" from "data/1", each followed by dx = dx where the map is above
/// 0, else 0, and NaN where the map is not finite (PassMaps::map, in `map` elements); dx + addend
/// in place of dx where the geometry says so. `geometry` is
/// theirs: dy → dx.
std::vector<Way> then_masked(Context& context, const PassGeometry& geometry, ElementType map,
                             std::vector<Way> ways);

}  // namespace impasto::cuda
