// One direction of a convolution on the GPU, and the ways there are to do it: as a plan of cuDNN's
// graph API (graph_pass.hpp) or as one of its classic calls (classic_pass.hpp).
//
// All tensors are NHWC, all filters KRSC, all sums in float.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "backend/cuda/context.hpp"

namespace impasto::cuda {

/// A convolution x → y, or dy → dx with turned filters. Channels are the stored ones. Backward data
/// with padding p is a forward convolution with padding 2 − p, which is what `padding` says.
struct PassGeometry {
  Shape x;
  Shape y;
  int padding = 1;
  ElementType type = ElementType::kFloat32;
  bool masked = false;  ///< y is masked by another map of its shape (PassMaps::map)
  bool added = false;   ///< before that, another gradient is added (PassMaps::addend)
};

/// Device addresses of the maps of a run.
struct PassMaps {
  const void* x = nullptr;
  void* y = nullptr;
  const void* map = nullptr;  ///< whose gradient y is, in the features' type; masked geometry only
  const void* addend = nullptr;  ///< of y's shape and type, elsewhere; added geometry only
};

/// Device addresses of a pass's constants.
struct PassWeights {
  /// KRSC in the geometry's type: turned, or those of the forward pass, as the way demands.
  const void* filters = nullptr;
  const void* bias = nullptr;         ///< in the geometry's type, one per stored channel, or null
  const float* bias_float = nullptr;  ///< the same in float
  bool relu = false;
};

class ConvolutionPass {
 public:
  ConvolutionPass() = default;
  ConvolutionPass(const ConvolutionPass&) = delete;
  ConvolutionPass& operator=(const ConvolutionPass&) = delete;
  ConvolutionPass(ConvolutionPass&&) = delete;
  ConvolutionPass& operator=(ConvolutionPass&&) = delete;
  virtual ~ConvolutionPass() = default;

  [[nodiscard]] virtual std::size_t workspace_bytes() const = 0;
  /// "fused/1": by this name a cache or a resumed run finds the way again.
  [[nodiscard]] virtual std::string name() const = 0;

  /// Enqueues x → y =. Throws DeviceError where cuDNN refuses.
  virtual void run(const PassMaps& maps, std::byte* workspace) const = 0;
};

/// A way that may be tried.
struct Way {
  std::string name;
  /// Throws DeviceError where cuDNN does not support it, MemoryError where there is no room.
  std::function<std::unique_ptr<ConvolutionPass>()> make;
};

}  // namespace impasto::cuda
