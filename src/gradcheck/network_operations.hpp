// The whole walk, from pixels to losses and back, as functions of one array.
#pragma once

#include <cstdint>
#include <vector>

#include "gradcheck/operations.hpp"

namespace impasto {

/// The loss of a small network as a function of its picture, with content, style and
/// total-variation terms and every kind of tap, to be checked along a few random directions: for
/// max and average pooling and every padding.
std::vector<DifferentiableOperation> network_operations(std::uint64_t seed);

}  // namespace impasto
