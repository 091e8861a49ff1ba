// Convolutions by plans of cuDNN's graph API, in which bias and ReLU cost no pass over the map.
#pragma once

#include <functional>
#include <vector>

#include "backend/cuda/convolution_graph.hpp"
#include "backend/cuda/convolution_pass.hpp"

namespace impasto::cuda {

/// The ways that cuDNN proposes in its modes A and B and that the precision allows, best guess
/// first, at most six. Empty where its graph API is missing or has nothing, which is noted once.
/// `weights` gives the forward pass's filters in the geometry's type, and is called when a way is
/// made. A plan that wants more workspace than `most` bytes is no way. Throws MemoryError where
/// cuDNN finds no memory.
std::vector<Way> graph_ways(Context& context, const GraphGeometry& geometry,
                            const std::function<PassWeights()>& weights, std::size_t most);

}  // namespace impasto::cuda
