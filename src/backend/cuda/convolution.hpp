// 3 × 3 convolutions on the GPU: filter banks, the choice between ways by timing, and the class
// that the network calls.
#pragma once

#include <memory>
#include <string>

#include "backend/backend.hpp"
#include "backend/cuda/context.hpp"
#include "backend/cuda/convolution_pass.hpp"

namespace impasto::cuda {

/// Bytes of workspace that a convolution in float takes whose plan converts maps of so many bytes
/// to another layout and back: it keeps a copy of each, and some more (2.1 maps in cuDNN 9.19).
/// 0 in other precisions, whose plans take the maps as they lie.
std::size_t converting_workspace(const PrecisionTypes& types, std::size_t map_bytes);

/// The most workspace that a way to convolve may ask for and still be chosen.
std::size_t most_workspace(const PrecisionTypes& types, std::size_t map_bytes);

std::shared_ptr<FilterBank> prepare_filters(Context& context, const ConvolutionWeights& weights);

/// Names of ways to use instead of timing; "graph" is the first plan of cuDNN's graph API that can
/// be made, and empty ones are timed. A fused one is not taken where overflow would go unseen:
/// without a way back, and on an fp16 picture.
struct ForcedChoices {
  std::string forward;
  std::string backward;
};

/// Times the ways there are, unless the cache knows the fastest. Throws DeviceError when no way
/// works, or a forced one does not.
std::unique_ptr<Convolution> make_convolution(Context& context,
                                              const std::shared_ptr<FilterBank>& filters,
                                              const ConvolutionSpec& spec,
                                              const ForcedChoices& forced = {});

}  // namespace impasto::cuda
