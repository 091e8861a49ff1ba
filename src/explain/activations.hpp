// What a feature map looks like.
#pragma once

#include <span>
#include <vector>

#include "explain/explanation.hpp"
#include "explain/host_map.hpp"

namespace impasto {

ActivationStatistics statistics_of(std::span<const float> values);

/// The `count` channels of largest Σ y², strongest first, shrunk to at most 96 on the long side by
/// averaging.
std::vector<ChannelMap> strongest_channels(const HostMap& map, std::size_t count);

}  // namespace impasto
