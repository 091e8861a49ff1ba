// 3 × 3 convolutions of NHWC float32 feature maps, each direction by the algorithm that is fastest
// here, or that a rule names.
#pragma once

#include <memory>

#include "backend/backend.hpp"
#include "backend/run_choices.hpp"
#include "core/thread_pool.hpp"

namespace impasto::cpu {

std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights);

/// Throws DeviceError where oneDNN refuses.
std::unique_ptr<Convolution> make_convolution(ThreadPool& pool,
                                              const std::shared_ptr<FilterBank>& filters,
                                              const ConvolutionSpec& spec, Choosing choosing);

}  // namespace impasto::cpu
