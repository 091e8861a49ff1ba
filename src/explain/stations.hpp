// Every station of the walk, forward and backward, and the Gram matrices on the way.
#pragma once

#include "explain/explanation.hpp"
#include "explain/watch.hpp"

namespace impasto {

/// The layers from the first to the run's deepest tap: shapes, receptive fields, work.
std::vector<Station> layers_as_run(const ScaleParts& parts);

/// Walks again at every stop of the record, with every layer tapped, and fills in: stations with
/// activations (of the last stop) and gradients, stops, pixel_norm, grams, gradient, pool, and the
/// dz of every pixel.
void study_stations(const ScaleParts& parts, const WatchedRun& record, Explanation& explanation);

}  // namespace impasto
