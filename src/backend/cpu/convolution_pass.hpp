// One direction of a convolution, whatever the algorithm.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/tensor.hpp"

namespace impasto::cpu {

/// What one direction computes: y[k] = bias[k] + Σ_c w[k,c] ⋆ x[c], 3 × 3, stride 1.
struct PassSpec {
  Shape x;
  Shape y;
  std::int64_t padding = 1;     ///< zeros around x: 0, 1 or 2
  bool relu = false;            ///< max(y, 0)
  const float* bias = nullptr;  ///< y.channels values, or none
  bool masked = false;          ///< x counts only where its mask is positive: ReLU's backward
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
  /// y =. NHWC feature maps that do not overlap; the workspace is aligned to 64 bytes. `mask`, of
  /// x's shape, is looked at and used up where the pass is masked.
  virtual void run(const Tensor& x, const Tensor& mask, const Tensor& y, std::byte* workspace) = 0;
};

}  // namespace impasto::cpu
