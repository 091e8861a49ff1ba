// A made-up run of VGG-19 to relu5_1 on a picture of 256 × 192: the same numbers every time.
#pragma once

#include "explain/explanation.hpp"

namespace impasto {

/// Its file names hold what markup must escape, its optimiser has its own view, and there are three
/// stops, two content terms, five style terms and total variation.
Explanation explanation_fixture(OptimizerKind optimizer = OptimizerKind::kAdam);

}  // namespace impasto
