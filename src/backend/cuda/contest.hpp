// Ways to do one pass against each other, timed as a recorded loop will run them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/convolution_pass.hpp"

namespace impasto::cuda {

struct Winner {
  std::unique_ptr<ConvolutionPass> pass;
  double milliseconds = 0;  ///< of one run
};

/// The fastest of `passes`, which are all of `geometry`, on random data: captured several times in
/// a graph (where options allow), replayed by turns on a device that has been busy for a while, the
/// best replay of each. One that finds no room or that cuDNN refuses only when it is called is left
/// out, and `refused` is told why. Nothing when none is left. Throws DeviceError when there is no
/// room for the maps.
std::optional<Winner> fastest_pass(Context& context, const PassGeometry& geometry,
                                   std::vector<std::unique_ptr<ConvolutionPass>> passes,
                                   const std::function<void(const std::string&)>& refused);

/// Whether a pass runs, once and without a clock; where cuDNN refuses it, `refused` is told why.
/// Throws MemoryError when there is no room for the maps or for its workspace.
bool works(Context& context, const PassGeometry& geometry, const ConvolutionPass& pass,
           const std::function<void(const std::string&)>& refused);

}  // namespace impasto::cuda
