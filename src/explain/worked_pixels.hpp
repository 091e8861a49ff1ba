// A pixel's gradient, worked out three ways.
#pragma once

#include "explain/explanation.hpp"
#include "explain/watch.hpp"

namespace impasto {

/// Fills in first_filters, numeric_step and the channels of every pixel (whose dz is there): the
/// sum through the first convolution, what total variation adds, the backend's gradient, and the
/// central difference of the whole loss at the record's last stop.
void work_out_pixels(const ScaleParts& parts, const WatchedRun& record, Explanation& explanation);

}  // namespace impasto
