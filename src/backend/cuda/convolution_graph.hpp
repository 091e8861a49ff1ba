// A convolution and what follows it at once, as cuDNN's graph API is told of it:
//
//   forward         y  = max(0, x * w + b)      or without the maximum
//   data gradient   dx = dy * wᵀ                or  dx = (dy * wᵀ) · [x > 0], x behind a ReLU,
//                                               or  dx = (dy * wᵀ + addend) · [x > 0]
//
// Maps are NHWC, filters KRSC as in the forward pass, sums and what passes from one operation to
// the next are float and never reach memory.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cuda/graph_descriptor.hpp"
#include "core/shape.hpp"
#include "core/tensor.hpp"

namespace impasto::cuda {

enum class GraphPattern {
  kForward,             ///< x * w + b
  kForwardRelu,         ///< max(0, x * w + b)
  kDataGradient,        ///< dy → dx
  kMaskedDataGradient,  ///< dy → dx where the map that dx belongs to is above 0, and 0 elsewhere
  kAddedDataGradient,   ///< the same behind a sum: dx = gradient + addend where the map is above 0
};

/// By these numbers a plan is told at which address a tensor lies.
enum class GraphTensor : std::int64_t {
  kInput = 1,  ///< x, or dy
  kFilters,
  kBias,    ///< one value for each output channel; forward only
  kMap,     ///< the map whose gradient dx is; masked and added data gradient only
  kAddend,  ///< added data gradient only
  kOutput,  ///< y, or dx
  kFirstVirtual,
};

/// x and y are the forward pass's, also for a data gradient. Channels are the stored ones.
struct GraphGeometry {
  GraphPattern pattern = GraphPattern::kForwardRelu;
  Shape x;
  Shape y;
  int padding = 1;
  ElementType type = ElementType::kFloat32;  ///< of input, filters, bias, addend and output
  ElementType map = ElementType::kFloat32;   ///< of the map that masks
};

/// An operation graph with everything that it refers to.
class ConvolutionGraph {
 public:
  /// `handle`: null where a plan is made for a device that is only described. Throws DeviceError
  /// where cuDNN does not know the operations.
  ConvolutionGraph(const GraphGeometry& geometry, cudnnHandle_t handle);

  [[nodiscard]] const GraphDescriptor& descriptor() const { return graph_; }

 private:
  std::size_t add_tensor(GraphTensor id, ElementType type, const std::vector<std::int64_t>& sizes);
  std::size_t add_virtual(const std::vector<std::int64_t>& sizes);
  void add_forward(const GraphGeometry& geometry);
  void add_data_gradient(const GraphGeometry& geometry);
  GraphDescriptor& add_pointwise(cudnnPointwiseMode_t mode);

  std::vector<GraphDescriptor> tensors_;
  std::vector<GraphDescriptor> modes_;  ///< of the operations
  std::vector<GraphDescriptor> operations_;
  GraphDescriptor graph_;
};

}  // namespace impasto::cuda
