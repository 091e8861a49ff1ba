// Scale and bias of an untrained network, set from the run's own pictures.
#pragma once

#include <vector>

#include "backend/backend.hpp"
#include "impasto/image.hpp"
#include "network/topology.hpp"

namespace impasto {

/// Weights whose every channel, before ReLU, has mean 0 and standard deviation 1 over all positions
/// of all `pictures` together (normalised; of any sizes), layer by layer up to and including
/// `deepest` (a layer index). Later layers are left out of the result's convolutions' change.
/// Follows Mishkin & Matas 2016 (layer-sequential unit variance).
NetworkWeights calibrate(Backend& backend, const NetworkWeights& weights,
                         const std::vector<Image>& pictures, std::size_t deepest, Pooling pooling,
                         Padding padding);

}  // namespace impasto
