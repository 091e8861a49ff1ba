// The emulated cuDNN's descriptors and rules.
#pragma once

#include <cudnn.h>
#include <library_types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

// cuDNN's opaque types. `set` tells whether the descriptor has been given a meaning.
struct cudnnContext {
  cudaStream_t stream = nullptr;
};
struct cudnnTensorStruct {
  bool set = false;
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  std::array<int, 4> shape{};    ///< n, c, h, w
  std::array<int, 4> strides{};  ///< in elements
};
struct cudnnFilterStruct {
  bool set = false;
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  cudnnTensorFormat_t format = CUDNN_TENSOR_NCHW;
  int k = 0, c = 0, h = 0, w = 0;
};
struct cudnnConvolutionStruct {
  bool set = false;
  int pad_h = 0, pad_w = 0;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  cudnnDataType_t compute = CUDNN_DATA_FLOAT;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};
struct cudnnActivationStruct {
  bool set = false;
  cudnnActivationMode_t mode = CUDNN_ACTIVATION_IDENTITY;
  cudnnNanPropagation_t nan = CUDNN_NOT_PROPAGATE_NAN;
  double coefficient = 0;
};

namespace cuda_emulation {

/// Remembers `why` for cudnnGetLastErrorString and returns `status`.
cudnnStatus_t refuse(cudnnStatus_t status, const std::string& why);

/// Whether cudnnCreate made this handle.
bool is_handle(cudnnHandle_t handle);

/// CUDA_R_32F, CUDA_R_16F or CUDA_R_16BF.
cudaDataType element_type(cudnnDataType_t type);
std::size_t element_bytes(cudnnDataType_t type);

/// Elements from the first to the last, both included.
std::size_t extent(const cudnnTensorStruct& tensor);
inline std::size_t bytes_of(const cudnnTensorStruct& tensor) {
  return extent(tensor) * element_bytes(tensor.type);
}
inline std::size_t bytes_of(const cudnnFilterStruct& filter) {
  return static_cast<std::size_t>(filter.k) * static_cast<std::size_t>(filter.c) *
         static_cast<std::size_t>(filter.h) * static_cast<std::size_t>(filter.w) *
         element_bytes(filter.type);
}
bool is_nchw_packed(const cudnnTensorStruct& tensor);
bool is_nhwc_packed(const cudnnTensorStruct& tensor);

/// A convolution's four descriptors: x and y are the input and output of its forward direction,
/// also where the gradients dx and dy are meant.
struct ConvolutionDescriptors {
  const cudnnTensorStruct* x;
  const cudnnFilterStruct* w;
  const cudnnConvolutionStruct* convolution;
  const cudnnTensorStruct* y;
};

/// What cuDNN's reference lists under "Returns" and "Supported algorithms" of
/// cudnnConvolutionForward and cudnnConvolutionBackwardData. With CUDNN_STATUS_SUCCESS,
/// `workspace_bytes` is what the algorithm needs.
cudnnStatus_t examine_forward(const ConvolutionDescriptors& descriptors,
                              cudnnConvolutionFwdAlgo_t algorithm, std::size_t* workspace_bytes);
cudnnStatus_t examine_backward_data(const ConvolutionDescriptors& descriptors,
                                    cudnnConvolutionBwdDataAlgo_t algorithm,
                                    std::size_t* workspace_bytes);

/// Length of the output along one dimension, as cudnnGetConvolution2dForwardOutputDim says.
int output_length(int input, int pad, int filter, int dilation, int stride);

}  // namespace cuda_emulation
