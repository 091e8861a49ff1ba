// The direct algorithm, through oneDNN.
#pragma once

#include <memory>

#include "backend/cpu/convolution_pass.hpp"
#include "backend/cpu/filters.hpp"

namespace impasto::cpu {

/// Throws DeviceError where oneDNN refuses.
std::unique_ptr<ConvolutionPass> make_direct_pass(Filters& filters, Direction direction,
                                                  const PassSpec& spec);

}  // namespace impasto::cpu
