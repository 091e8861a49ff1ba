// The direct algorithm, through oneDNN.
#pragma once

#include <memory>

#include "backend/cpu/convolution_pass.hpp"
#include "backend/cpu/filters.hpp"
#include "core/thread_pool.hpp"

namespace impasto::cpu {

/// Throws DeviceError where oneDNN refuses.
std::unique_ptr<ConvolutionPass> make_direct_pass(ThreadPool& pool, Filters& filters,
                                                  Direction direction, const PassSpec& spec);

}  // namespace impasto::cpu
