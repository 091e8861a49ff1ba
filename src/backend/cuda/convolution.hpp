// 3 × 3 convolutions on the GPU: filter banks, the choice between ways by timing, and the class
// that the network calls.
#pragma once

#include <memory>
#include <optional>

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

/// Ways to use instead of timing. A fused one is not taken where overflow would go unseen: without
/// a way back, and on an fp16 picture.
struct ForcedChoices {
  std::optional<PassChoice> forward;
  std::optional<PassChoice> backward;
};

/// Times the ways there are, unless the cache knows the fastest. Throws DeviceError when no way
/// works.
std::unique_ptr<Convolution> make_convolution(Context& context,
                                              const std::shared_ptr<FilterBank>& filters,
                                              const ConvolutionSpec& spec,
                                              const ForcedChoices& forced = {});

}  // namespace impasto::cuda
