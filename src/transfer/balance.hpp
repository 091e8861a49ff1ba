// --balance R: a style weight that does not depend on the weights' family.
#pragma once

#include "transfer/walk_objective.hpp"

namespace impasto {

/// The style weight at which, at `start` (normalised) blurred to a quarter of its size and back,
/// the style loss's pixel gradient is `ratio` times the content loss's in L2 norm. The losses' own
/// weights are left as they were. Throws UsageError when one of the gradients is zero.
double balanced_style_weight(Backend& backend, LossWalk& walk, const Image& start, double ratio);

}  // namespace impasto
