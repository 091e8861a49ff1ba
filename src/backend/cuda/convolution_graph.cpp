#include "backend/cuda/convolution_graph.hpp"

#include <array>

#include "backend/cuda/precision_types.hpp"

namespace impasto::cuda {
namespace {

constexpr std::int64_t kFilterSide = 3;
constexpr std::int64_t kAlignment = 16;  ///< bytes; of channels, see feature_storage

/// N, C, H, W, as cuDNN orders sizes whatever the layout.
std::vector<std::int64_t> sizes_of(const Shape& shape) {
  return {1, shape.channels, shape.height, shape.width};
}

/// Strides of NHWC, in the order of the sizes.
std::vector<std::int64_t> strides_of(const std::vector<std::int64_t>& sizes) {
  const std::int64_t channels = sizes[1];
  const std::int64_t width = sizes[3];
  return {sizes[2] * width * channels, 1, width * channels, channels};
}

GraphDescriptor make_tensor(std::int64_t id, cudnnDataType_t type,
                            const std::vector<std::int64_t>& sizes, bool is_virtual) {
  GraphDescriptor tensor(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id);
  tensor.set(CUDNN_ATTR_TENSOR_DATA_TYPE, type);
  tensor.set(CUDNN_ATTR_TENSOR_DIMENSIONS, sizes);
  tensor.set(CUDNN_ATTR_TENSOR_STRIDES, strides_of(sizes));
  tensor.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, kAlignment);
  tensor.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, is_virtual);
  tensor.finalize();
  return tensor;
}

GraphDescriptor make_cross_correlation(std::int64_t padding) {
  const std::vector<std::int64_t> ones{1, 1};
  const std::vector<std::int64_t> paddings{padding, padding};
  GraphDescriptor convolution(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  convolution.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2});
  convolution.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT);
  convolution.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION);
  convolution.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, ones);
  convolution.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, ones);
  convolution.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, paddings);
  convolution.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, paddings);
  convolution.finalize();
  return convolution;
}

}  // namespace

ConvolutionGraph::ConvolutionGraph(const GraphGeometry& geometry, cudnnHandle_t handle)
    : graph_(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR) {
  const bool forward =
      geometry.pattern == GraphPattern::kForward || geometry.pattern == GraphPattern::kForwardRelu;
  modes_.push_back(make_cross_correlation(geometry.padding));
  forward ? add_forward(geometry) : add_data_gradient(geometry);
  graph_.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, std::span<const GraphDescriptor>(operations_));
  if (handle != nullptr) {
    graph_.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle);
  }
  graph_.finalize();
}

std::size_t ConvolutionGraph::add_tensor(GraphTensor id, ElementType type,
                                         const std::vector<std::int64_t>& sizes) {
  tensors_.push_back(make_tensor(static_cast<std::int64_t>(id), cudnn_type(type), sizes, false));
  return tensors_.size() - 1;
}

std::size_t ConvolutionGraph::add_virtual(const std::vector<std::int64_t>& sizes) {
  const auto id = static_cast<std::int64_t>(GraphTensor::kFirstVirtual) +
                  static_cast<std::int64_t>(tensors_.size());
  tensors_.push_back(make_tensor(id, CUDNN_DATA_FLOAT, sizes, true));
  return tensors_.size() - 1;
}

/// An operation on elements whose tensors the caller sets.
GraphDescriptor& ConvolutionGraph::add_pointwise(cudnnPointwiseMode_t mode) {
  GraphDescriptor& pointwise = modes_.emplace_back(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  pointwise.set(CUDNN_ATTR_POINTWISE_MODE, mode);
  pointwise.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
  pointwise.finalize();
  GraphDescriptor& operation =
      operations_.emplace_back(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, pointwise);
  return operation;
}

void ConvolutionGraph::add_forward(const GraphGeometry& geometry) {
  const std::vector<std::int64_t> sizes = sizes_of(geometry.y);
  const bool relu = geometry.pattern == GraphPattern::kForwardRelu;
  const auto x = add_tensor(GraphTensor::kInput, geometry.type, sizes_of(geometry.x));
  const auto w = add_tensor(GraphTensor::kFilters, geometry.type,
                            {geometry.y.channels, geometry.x.channels, kFilterSide, kFilterSide});
  const auto b = add_tensor(GraphTensor::kBias, geometry.type, {1, geometry.y.channels, 1, 1});
  const auto product = add_virtual(sizes);
  const auto sum =
      relu ? add_virtual(sizes) : add_tensor(GraphTensor::kOutput, geometry.type, sizes);

  GraphDescriptor& convolution =
      operations_.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, tensors_[x]);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, tensors_[w]);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, tensors_[product]);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, modes_.front());
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1.0F);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0.0F);
  convolution.finalize();

  GraphDescriptor& bias = add_pointwise(CUDNN_POINTWISE_ADD);
  bias.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, tensors_[product]);
  bias.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, tensors_[b]);
  bias.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, tensors_[sum]);
  bias.finalize();

  if (relu) {
    const auto y = add_tensor(GraphTensor::kOutput, geometry.type, sizes);
    GraphDescriptor& maximum = add_pointwise(CUDNN_POINTWISE_RELU_FWD);
    maximum.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, tensors_[sum]);
    maximum.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, tensors_[y]);
    maximum.finalize();
  }
}

void ConvolutionGraph::add_data_gradient(const GraphGeometry& geometry) {
  const std::vector<std::int64_t> sizes = sizes_of(geometry.x);
  const bool added = geometry.pattern == GraphPattern::kAddedDataGradient;
  const bool masked = added || geometry.pattern == GraphPattern::kMaskedDataGradient;
  const auto dy = add_tensor(GraphTensor::kInput, geometry.type, sizes_of(geometry.y));
  const auto w = add_tensor(GraphTensor::kFilters, geometry.type,
                            {geometry.y.channels, geometry.x.channels, kFilterSide, kFilterSide});
  const auto product =
      masked ? add_virtual(sizes) : add_tensor(GraphTensor::kOutput, geometry.type, sizes);

  GraphDescriptor& convolution =
      operations_.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, tensors_[dy]);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, tensors_[w]);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, tensors_[product]);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, modes_.front());
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, 1.0F);
  convolution.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, 0.0F);
  convolution.finalize();

  const auto sum = added ? add_virtual(sizes) : product;
  if (added) {
    const auto addend = add_tensor(GraphTensor::kAddend, geometry.type, sizes);
    GraphDescriptor& addition = add_pointwise(CUDNN_POINTWISE_ADD);
    addition.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, tensors_[product]);
    addition.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, tensors_[addend]);
    addition.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, tensors_[sum]);
    addition.finalize();
  }
  if (masked) {
    const auto map = add_tensor(GraphTensor::kMap, geometry.map, sizes);
    const auto dx = add_tensor(GraphTensor::kOutput, geometry.type, sizes);
    GraphDescriptor& mask = add_pointwise(CUDNN_POINTWISE_RELU_BWD);
    mask.set(CUDNN_ATTR_OPERATION_POINTWISE_DYDESC, tensors_[sum]);
    mask.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, tensors_[map]);
    mask.set(CUDNN_ATTR_OPERATION_POINTWISE_DXDESC, tensors_[dx]);
    mask.finalize();
  }
}

}  // namespace impasto::cuda
