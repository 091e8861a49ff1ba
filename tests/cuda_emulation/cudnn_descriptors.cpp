// cuDNN: handles and descriptors.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>

#include "cuda_emulation/cudnn.hpp"
#include "cuda_emulation/device.hpp"
#include "cuda_emulation/numbers.hpp"

using cuda_emulation::Device;
using cuda_emulation::Locked;
using cuda_emulation::refuse;

namespace {

std::string& last_message() {
  thread_local std::string message;
  return message;
}

std::set<cudnnHandle_t>& handles() {
  static auto* all = new std::set<cudnnHandle_t>;
  return *all;
}

/// Every classic create call: a fresh descriptor without meaning.
template <typename Descriptor>
cudnnStatus_t create(Descriptor** descriptor) {
  if (descriptor == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no place for the descriptor");
  }
  *descriptor = new Descriptor;
  return CUDNN_STATUS_SUCCESS;
}

template <typename Descriptor>
cudnnStatus_t destroy(Descriptor* descriptor) {
  delete descriptor;
  return CUDNN_STATUS_SUCCESS;
}

bool is_float_type(cudnnDataType_t type) {
  return type == CUDNN_DATA_FLOAT || type == CUDNN_DATA_HALF || type == CUDNN_DATA_BFLOAT16;
}

cudnnStatus_t set_tensor(cudnnTensorDescriptor_t tensor, cudnnDataType_t type,
                         const std::array<int, 4>& shape, const std::array<int, 4>& strides) {
  const auto not_positive = [](int value) { return value <= 0; };
  if (tensor == nullptr || std::any_of(shape.begin(), shape.end(), not_positive)) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a tensor's dimensions must be positive");
  }
  if (!is_float_type(type)) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "a tensor type that the emulation does not know");
  }
  const cudnnTensorStruct described{true, type, shape, strides};
  if (cuda_emulation::extent(described) > std::size_t{INT32_MAX}) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "a tensor of more than 2 giga-elements");
  }
  *tensor = described;
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

namespace cuda_emulation {

cudnnStatus_t refuse(cudnnStatus_t status, const std::string& why) {
  last_message() = why;
  return status;
}

bool is_handle(cudnnHandle_t handle) {
  return handles().count(handle) == 1;
}

cudaDataType element_type(cudnnDataType_t type) {
  switch (type) {
    case CUDNN_DATA_HALF:
      return CUDA_R_16F;
    case CUDNN_DATA_BFLOAT16:
      return CUDA_R_16BF;
    default:
      return CUDA_R_32F;
  }
}

std::size_t element_bytes(cudnnDataType_t type) {
  return bytes_of(element_type(type));
}

std::size_t extent(const cudnnTensorStruct& tensor) {
  std::size_t last = 0;
  for (std::size_t d = 0; d < 4; ++d) {
    last +=
        static_cast<std::size_t>(tensor.shape[d] - 1) * static_cast<std::size_t>(tensor.strides[d]);
  }
  return last + 1;
}

bool is_nchw_packed(const cudnnTensorStruct& tensor) {
  const auto& [n, c, h, w] = tensor.shape;
  return tensor.strides == std::array<int, 4>{c * h * w, h * w, w, 1};
}

bool is_nhwc_packed(const cudnnTensorStruct& tensor) {
  const auto& [n, c, h, w] = tensor.shape;
  return tensor.strides == std::array<int, 4>{c * h * w, 1, c * w, c};
}

}  // namespace cuda_emulation

// ---- library

std::size_t cudnnGetVersion() {
  return CUDNN_VERSION;
}
std::size_t cudnnGetCudartVersion() {
  return CUDART_VERSION;
}

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (static_cast<int>(status)) {
    case CUDNN_STATUS_SUCCESS:
      return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED:
      return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM:
      return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_BAD_PARAM_NULL_POINTER:
      return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
    case CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER:
      return "CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER";
    case CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT:
      return "CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT";
    case CUDNN_STATUS_NOT_SUPPORTED:
      return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_INTERNAL_ERROR:
      return "CUDNN_STATUS_INTERNAL_ERROR";
    case CUDNN_STATUS_EXECUTION_FAILED:
      return "CUDNN_STATUS_EXECUTION_FAILED";
    default:
      return "CUDNN_UNKNOWN_STATUS";
  }
}

void cudnnGetLastErrorString(char* message, std::size_t bytes) {
  if (message == nullptr || bytes == 0) {
    return;
  }
  const std::size_t length = std::min(bytes - 1, last_message().size());
  std::memcpy(message, last_message().data(), length);
  message[length] = '\0';
  last_message().clear();
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  const Locked lock;
  Device& device = Device::instance();
  if (handle == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no place for the handle");
  }
  if (device.usable() != cudaSuccess || device.forbid_during_capture() != cudaSuccess) {
    return refuse(CUDNN_STATUS_NOT_INITIALIZED, "no usable device");
  }
  *handle = new cudnnContext;
  handles().insert(*handle);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  const Locked lock;
  if (handles().erase(handle) == 0) {
    return refuse(CUDNN_STATUS_NOT_INITIALIZED, "no such handle");
  }
  delete handle;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle) || Device::instance().timeline_of(stream) == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle or stream");
  }
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetStream(cudnnHandle_t handle, cudaStream_t* stream) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle) || stream == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle");
  }
  *stream = handle->stream;
  return CUDNN_STATUS_SUCCESS;
}

// ---- tensors

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* tensor) {
  return create(tensor);
}
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor) {
  return destroy(tensor);
}

cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t tensor, cudnnTensorFormat_t format,
                                         cudnnDataType_t type, int n, int c, int h, int w) {
  const auto elements = static_cast<double>(n) * c * h * w;
  if (elements > INT32_MAX) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "a tensor of more than 2 giga-elements");
  }
  switch (format) {
    case CUDNN_TENSOR_NCHW:
      return set_tensor(tensor, type, {n, c, h, w}, {c * h * w, h * w, w, 1});
    case CUDNN_TENSOR_NHWC:
      return set_tensor(tensor, type, {n, c, h, w}, {c * h * w, 1, c * w, c});
    default:
      return refuse(CUDNN_STATUS_BAD_PARAM, "a format that the emulation does not know");
  }
}

cudnnStatus_t cudnnSetTensor4dDescriptorEx(cudnnTensorDescriptor_t tensor, cudnnDataType_t type,
                                           int n, int c, int h, int w, int n_stride, int c_stride,
                                           int h_stride, int w_stride) {
  return set_tensor(tensor, type, {n, c, h, w}, {n_stride, c_stride, h_stride, w_stride});
}

// ---- filters

cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* filter) {
  return create(filter);
}
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filter) {
  return destroy(filter);
}

cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t filter, cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int k, int c, int h, int w) {
  if (filter == nullptr || k <= 0 || c <= 0 || h <= 0 || w <= 0) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a filter's dimensions must be positive");
  }
  if (!is_float_type(type) || (format != CUDNN_TENSOR_NCHW && format != CUDNN_TENSOR_NHWC)) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a type or format that the emulation does not know");
  }
  *filter = {true, type, format, k, c, h, w};
  return CUDNN_STATUS_SUCCESS;
}

// ---- convolutions

cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* convolution) {
  return create(convolution);
}
cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t convolution) {
  return destroy(convolution);
}

cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t convolution, int pad_h,
                                              int pad_w, int stride_h, int stride_w, int dilation_h,
                                              int dilation_w, cudnnConvolutionMode_t mode,
                                              cudnnDataType_t compute) {
  if (convolution == nullptr || pad_h < 0 || pad_w < 0 || stride_h <= 0 || stride_w <= 0 ||
      dilation_h <= 0 || dilation_w <= 0 ||
      (mode != CUDNN_CONVOLUTION && mode != CUDNN_CROSS_CORRELATION)) {
    return refuse(CUDNN_STATUS_BAD_PARAM,
                  "padding must not be negative; strides and dilations must be positive");
  }
  const cudnnMathType_t math = convolution->math;
  *convolution = {true,       pad_h,      pad_w, stride_h, stride_w,
                  dilation_h, dilation_w, mode,  compute,  math};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t convolution,
                                          cudnnMathType_t math) {
  if (convolution == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no descriptor");
  }
  convolution->math = math;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionMathType(cudnnConvolutionDescriptor_t convolution,
                                          cudnnMathType_t* math) {
  if (convolution == nullptr || math == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no descriptor");
  }
  *math = convolution->math;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolution2dForwardOutputDim(const cudnnConvolutionDescriptor_t convolution,
                                                    const cudnnTensorDescriptor_t input,
                                                    const cudnnFilterDescriptor_t filter, int* n,
                                                    int* c, int* h, int* w) {
  if (convolution == nullptr || input == nullptr || filter == nullptr || !convolution->set ||
      !input->set || !filter->set || input->shape[1] != filter->c) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "descriptors are not set or channels differ");
  }
  const int height = cuda_emulation::output_length(input->shape[2], convolution->pad_h, filter->h,
                                                   convolution->dilation_h, convolution->stride_h);
  const int width = cuda_emulation::output_length(input->shape[3], convolution->pad_w, filter->w,
                                                  convolution->dilation_w, convolution->stride_w);
  if (height < 1 || width < 1) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "the filter is larger than the padded input");
  }
  *n = input->shape[0];
  *c = filter->k;
  *h = height;
  *w = width;
  return CUDNN_STATUS_SUCCESS;
}

// ---- activations

cudnnStatus_t cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t* activation) {
  return create(activation);
}
cudnnStatus_t cudnnDestroyActivationDescriptor(cudnnActivationDescriptor_t activation) {
  return destroy(activation);
}

cudnnStatus_t cudnnSetActivationDescriptor(cudnnActivationDescriptor_t activation,
                                           cudnnActivationMode_t mode, cudnnNanPropagation_t nan,
                                           double coefficient) {
  if (activation == nullptr || mode < CUDNN_ACTIVATION_SIGMOID || mode > CUDNN_ACTIVATION_SWISH ||
      (nan != CUDNN_NOT_PROPAGATE_NAN && nan != CUDNN_PROPAGATE_NAN)) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "mode or NaN propagation has an invalid value");
  }
  *activation = {true, mode, nan, coefficient};
  return CUDNN_STATUS_SUCCESS;
}
