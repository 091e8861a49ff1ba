// One direction of a convolution through one cuDNN call, and the ways there are to do it.
//
// Backward data is done in either of two ways: as cuDNN's own backward-data call, or as a forward
// convolution with the filters turned by 180° and in/out channels exchanged, prepared once. All
// tensors are NHWC, all filters KRSC, all sums in float.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/cuda/context.hpp"

namespace impasto::cuda {

/// A convolution x → y, or dy → dx with turned filters. Channels are the stored ones. Backward data
/// with padding p is a forward convolution with padding 2 − p, which is what `padding` says.
struct PassGeometry {
  Shape x;
  Shape y;
  int padding = 1;
  ElementType type = ElementType::kFloat32;
};

enum class PassKind {
  kFused,         ///< cudnnConvolutionBiasActivationForward
  kPlain,         ///< cudnnConvolutionForward, then a kernel for bias and ReLU if there are any
  kBackwardData,  ///< cudnnConvolutionBackwardData: x and y of the geometry are dy and dx
};

/// One way to do a pass: a call and its algorithm number.
struct PassChoice {
  PassKind kind = PassKind::kPlain;
  int algorithm = 0;

  [[nodiscard]] std::string name() const;  ///< "fused/1"
  static PassChoice parse(const std::string& name);
  friend bool operator==(const PassChoice&, const PassChoice&) = default;
};

/// Device addresses of a pass's constants.
struct PassWeights {
  const void* filters =
      nullptr;  ///< KRSC in the geometry's type; for kBackwardData the forward pass's
  const void* bias = nullptr;         ///< in the geometry's type, one per stored channel, or null
  const float* bias_float = nullptr;  ///< the same in float
  bool relu = false;
};

class ConvolutionPass {
 public:
  /// Throws DeviceError where cuDNN does not support the choice.
  ConvolutionPass(Context& context, const PassGeometry& geometry, const PassWeights& weights,
                  const PassChoice& choice);

  [[nodiscard]] std::size_t workspace_bytes() const { return workspace_bytes_; }
  [[nodiscard]] const PassChoice& choice() const { return choice_; }

  /// Enqueues x → y =.
  void run(const void* x, void* y, std::byte* workspace) const;

 private:
  Context& context_;
  PassGeometry geometry_;
  PassWeights weights_;
  PassChoice choice_;
  TensorDescriptor x_;
  TensorDescriptor y_;
  TensorDescriptor bias_;
  FilterDescriptor filter_;
  ConvolutionDescriptor convolution_;
  ActivationDescriptor activation_;
  std::size_t workspace_bytes_ = 0;
};

/// The ways worth timing, best guess first. Backward there is no bias. A fused ReLU makes zeros of
/// NaNs, so only where kernels::drelu can see the overflow behind them on the way back may it be.
std::vector<PassChoice> forward_choices(ElementType type, bool relu, bool may_fuse);
std::vector<PassChoice> backward_choices(ElementType type);

}  // namespace impasto::cuda
