// Convolutions by cuDNN's classic calls: what is done where its graph API offers nothing, and what
// its plans are compared with.
//
// Backward data is done in either of two ways: as cuDNN's own backward-data call, or as a forward
// convolution with the filters turned by 180° and in/out channels exchanged, prepared once.
#pragma once

#include <string>
#include <vector>

#include "backend/cuda/convolution_pass.hpp"

namespace impasto::cuda {

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

class ClassicPass final : public ConvolutionPass {
 public:
  /// Throws DeviceError where cuDNN does not support the choice.
  ClassicPass(Context& context, const PassGeometry& geometry, const PassWeights& weights,
              const PassChoice& choice);

  [[nodiscard]] std::size_t workspace_bytes() const override { return workspace_bytes_; }
  [[nodiscard]] std::string name() const override { return choice_.name(); }

  void run(const PassMaps& maps, std::byte* workspace) const override;

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
