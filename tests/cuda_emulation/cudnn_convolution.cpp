// cuDNN: the classic convolution calls.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cuda_emulation/cudnn.hpp"
#include "cuda_emulation/cudnn_arithmetic.hpp"
#include "cuda_emulation/device.hpp"
#include "cuda_emulation/numbers.hpp"

using cuda_emulation::Argument;
using cuda_emulation::ConvolutionDescriptors;
using cuda_emulation::convolve;
using cuda_emulation::convolve_back;
using cuda_emulation::Device;
using cuda_emulation::enter;
using cuda_emulation::examine;
using cuda_emulation::filter_matrix;
using cuda_emulation::Floats;
using cuda_emulation::gather;
using cuda_emulation::Geometry;
using cuda_emulation::Locked;
using cuda_emulation::refuse;
using cuda_emulation::submit;
using cuda_emulation::visit_elements;
using cuda_emulation::Workspace;

namespace {

Device& device() {
  return Device::instance();
}

std::size_t size(int n) {
  return static_cast<std::size_t>(n);
}

/// y = scale · result + old_scale · y; y is not read where old_scale is 0.
void blend(const cudnnTensorStruct& tensor, void* data, int n, const Floats& result, float scale,
           float old_scale) {
  const cudaDataType type = cuda_emulation::element_type(tensor.type);
  visit_elements(tensor, n, [&](std::size_t place, std::size_t dense, int) {
    const float old = old_scale == 0 ? 0 : old_scale * cuda_emulation::load(type, data, place);
    cuda_emulation::store(type, data, place, scale * result[dense] + old);
  });
}

const float* scaling(const void* factor) {
  return static_cast<const float*>(factor);
}

}  // namespace

// ---- workspace and algorithms

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnFilterDescriptor_t w,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t y,
    cudnnConvolutionFwdAlgo_t algorithm, std::size_t* bytes) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle) || bytes == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle, or no place for the size");
  }
  *bytes = 0;
  return cuda_emulation::examine_forward({x, w, convolution, y}, algorithm, bytes);
}

cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t w, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t dx,
    cudnnConvolutionBwdDataAlgo_t algorithm, std::size_t* bytes) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle) || bytes == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle, or no place for the size");
  }
  *bytes = 0;
  return cuda_emulation::examine_backward_data({dx, w, convolution, dy}, algorithm, bytes);
}

namespace {

/// Fills the list that the algorithm heuristics return: what is supported first.
template <typename Perf, typename Algorithm, typename Examine>
cudnnStatus_t list_algorithms(int wanted, int* returned, Perf* results,
                              const std::vector<Algorithm>& order, const Examine& examine_one) {
  if (wanted < 1 || returned == nullptr || results == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no room for results");
  }
  std::vector<Perf> all;
  for (const Algorithm algorithm : order) {
    Perf perf{};
    perf.algo = algorithm;
    perf.status = examine_one(algorithm, &perf.memory);
    perf.time = -1;
    perf.determinism = CUDNN_DETERMINISTIC;
    all.push_back(perf);
  }
  std::stable_sort(all.begin(), all.end(), [](const Perf& a, const Perf& b) {
    return a.status == CUDNN_STATUS_SUCCESS && b.status != CUDNN_STATUS_SUCCESS;
  });
  *returned = std::min(wanted, static_cast<int>(all.size()));
  std::copy_n(all.begin(), *returned, results);
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnFilterDescriptor_t w,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t y,
    const int wanted, int* returned, cudnnConvolutionFwdAlgoPerf_t* results) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle)) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle");
  }
  const std::vector<cudnnConvolutionFwdAlgo_t> order{
      CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM,
      CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED,
      CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD,
      CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
      CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING,
      CUDNN_CONVOLUTION_FWD_ALGO_FFT,
      CUDNN_CONVOLUTION_FWD_ALGO_GEMM,
      CUDNN_CONVOLUTION_FWD_ALGO_DIRECT};
  return list_algorithms(wanted, returned, results, order, [&](auto algorithm, std::size_t* bytes) {
    return cuda_emulation::examine_forward({x, w, convolution, y}, algorithm, bytes);
  });
}

cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t w, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t dx,
    const int wanted, int* returned, cudnnConvolutionBwdDataAlgoPerf_t* results) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle)) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle");
  }
  const std::vector<cudnnConvolutionBwdDataAlgo_t> order{
      CUDNN_CONVOLUTION_BWD_DATA_ALGO_1,          CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED,
      CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD,   CUDNN_CONVOLUTION_BWD_DATA_ALGO_0,
      CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING, CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT};
  return list_algorithms(wanted, returned, results, order, [&](auto algorithm, std::size_t* bytes) {
    return cuda_emulation::examine_backward_data({dx, w, convolution, dy}, algorithm, bytes);
  });
}

// ---- forward

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha,
                                      const cudnnTensorDescriptor_t x_descriptor, const void* x,
                                      const cudnnFilterDescriptor_t w_descriptor, const void* w,
                                      const cudnnConvolutionDescriptor_t convolution,
                                      cudnnConvolutionFwdAlgo_t algorithm, void* workspace_data,
                                      std::size_t workspace_bytes, const void* beta,
                                      const cudnnTensorDescriptor_t y_descriptor, void* y) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle) || alpha == nullptr || beta == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle, or no scaling factors");
  }
  const ConvolutionDescriptors descriptors{x_descriptor, w_descriptor, convolution, y_descriptor};
  Workspace workspace{workspace_data, workspace_bytes, 0};
  cudnnStatus_t status = cuda_emulation::examine_forward(descriptors, algorithm, &workspace.needed);
  if (status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  const std::vector<Argument> inputs{{"x", x, cuda_emulation::bytes_of(*x_descriptor)},
                                     {"w", w, cuda_emulation::bytes_of(*w_descriptor)}};
  const Argument output{"y", y, cuda_emulation::bytes_of(*y_descriptor)};
  status = examine(inputs, output, workspace);
  if (status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  return submit(
      handle, [=, g = Geometry(descriptors), scale = *scaling(alpha), old_scale = *scaling(beta)] {
        enter({inputs[0], inputs[1], output}, workspace);
        ++device().counters.plain_convolutions;
        const Floats filters = filter_matrix(g, w);
        for (int n = 0; n < g.x.shape[0]; ++n) {
          blend(g.y, y, n, convolve(g, gather(g.x, x, n, g.tf32()), filters), scale, old_scale);
        }
      });
}

namespace {

/// The demands that cudnnConvolutionBiasActivationForward adds.
cudnnStatus_t examine_fusion(cudnnConvolutionFwdAlgo_t algorithm, const cudnnTensorStruct* z,
                             const cudnnTensorStruct* bias, const cudnnActivationStruct* activation,
                             const cudnnTensorStruct& y) {
  if (z == nullptr || bias == nullptr || activation == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "a descriptor is null");
  }
  if (!z->set || !bias->set || !activation->set) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a descriptor was created but never set");
  }
  if (activation->mode != CUDNN_ACTIVATION_RELU && activation->mode != CUDNN_ACTIVATION_IDENTITY) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "activation: RELU or IDENTITY alone");
  }
  if (activation->mode == CUDNN_ACTIVATION_IDENTITY &&
      algorithm != CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "IDENTITY: IMPLICIT_PRECOMP_GEMM alone");
  }
  if (activation->nan != CUDNN_NOT_PROPAGATE_NAN) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "activation: CUDNN_NOT_PROPAGATE_NAN alone");
  }
  if (bias->shape != std::array<int, 4>{1, y.shape[1], 1, 1} || bias->strides[1] != 1) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "the bias must be 1 x K x 1 x 1 with K contiguous");
  }
  if (bias->type != y.type) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "the bias must have the output's type");
  }
  if (z->type != y.type || z->shape != y.shape || z->strides != y.strides) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "z's descriptor must match y's");
  }
  return CUDNN_STATUS_SUCCESS;
}

/// y = act(scale · result + z_scale · z + bias); z is not read where z_scale is 0.
struct Epilogue {
  float scale;
  float z_scale;
  const void* z;
  const void* bias;
  bool relu;

  void apply(const cudnnTensorStruct& tensor, void* y, int n, const Floats& result) const {
    const cudaDataType type = cuda_emulation::element_type(tensor.type);
    visit_elements(tensor, n, [&](std::size_t place, std::size_t dense, int channel) {
      float value = scale * result[dense] + cuda_emulation::load(type, bias, size(channel));
      if (z_scale != 0) {
        value += z_scale * cuda_emulation::load(type, z, place);
      }
      cuda_emulation::store(type, y, place, relu && !(value > 0) ? 0 : value);
    });
  }
};

}  // namespace

cudnnStatus_t cudnnConvolutionBiasActivationForward(
    cudnnHandle_t handle, const void* alpha1, const cudnnTensorDescriptor_t x_descriptor,
    const void* x, const cudnnFilterDescriptor_t w_descriptor, const void* w,
    const cudnnConvolutionDescriptor_t convolution, cudnnConvolutionFwdAlgo_t algorithm,
    void* workspace_data, std::size_t workspace_bytes, const void* alpha2,
    const cudnnTensorDescriptor_t z_descriptor, const void* z,
    const cudnnTensorDescriptor_t bias_descriptor, const void* bias,
    const cudnnActivationDescriptor_t activation, const cudnnTensorDescriptor_t y_descriptor,
    void* y) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle) || alpha1 == nullptr || alpha2 == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle, or no scaling factors");
  }
  const ConvolutionDescriptors descriptors{x_descriptor, w_descriptor, convolution, y_descriptor};
  Workspace workspace{workspace_data, workspace_bytes, 0};
  cudnnStatus_t status = cuda_emulation::examine_forward(descriptors, algorithm, &workspace.needed);
  if (status == CUDNN_STATUS_SUCCESS) {
    status = examine_fusion(algorithm, z_descriptor, bias_descriptor, activation, *y_descriptor);
  }
  if (status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  // z may be y itself; x may share memory with neither.
  std::vector<Argument> inputs{{"x", x, cuda_emulation::bytes_of(*x_descriptor)},
                               {"w", w, cuda_emulation::bytes_of(*w_descriptor)},
                               {"bias", bias, cuda_emulation::bytes_of(*bias_descriptor)}};
  const Argument output{"y", y, cuda_emulation::bytes_of(*y_descriptor)};
  const Argument third{"z", z, output.bytes};
  if (z == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "z is null");
  }
  if (cuda_emulation::overlap(x, inputs[0].bytes, z, third.bytes)) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "x and z share memory");
  }
  if (z != y) {
    inputs.push_back(third);
  }
  status = examine(inputs, output, workspace);
  if (status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  inputs.push_back(output);
  const Epilogue epilogue{*scaling(alpha1), *scaling(alpha2), z, bias,
                          activation->mode == CUDNN_ACTIVATION_RELU};
  return submit(handle, [=, g = Geometry(descriptors)] {
    enter(inputs, workspace);
    ++device().counters.fused_convolutions;
    const Floats filters = filter_matrix(g, w);
    for (int n = 0; n < g.x.shape[0]; ++n) {
      epilogue.apply(g.y, y, n, convolve(g, gather(g.x, x, n, g.tf32()), filters));
    }
  });
}

// ---- backward

cudnnStatus_t cudnnConvolutionBackwardData(
    cudnnHandle_t handle, const void* alpha, const cudnnFilterDescriptor_t w_descriptor,
    const void* w, const cudnnTensorDescriptor_t dy_descriptor, const void* dy,
    const cudnnConvolutionDescriptor_t convolution, cudnnConvolutionBwdDataAlgo_t algorithm,
    void* workspace_data, std::size_t workspace_bytes, const void* beta,
    const cudnnTensorDescriptor_t dx_descriptor, void* dx) {
  const Locked lock;
  if (!cuda_emulation::is_handle(handle) || alpha == nullptr || beta == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle, or no scaling factors");
  }
  const ConvolutionDescriptors descriptors{dx_descriptor, w_descriptor, convolution, dy_descriptor};
  Workspace workspace{workspace_data, workspace_bytes, 0};
  cudnnStatus_t status =
      cuda_emulation::examine_backward_data(descriptors, algorithm, &workspace.needed);
  if (status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  const std::vector<Argument> inputs{{"w", w, cuda_emulation::bytes_of(*w_descriptor)},
                                     {"dy", dy, cuda_emulation::bytes_of(*dy_descriptor)}};
  const Argument output{"dx", dx, cuda_emulation::bytes_of(*dx_descriptor)};
  status = examine(inputs, output, workspace);
  if (status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  return submit(handle, [=, g = Geometry(descriptors), scale = *scaling(alpha),
                         old_scale = *scaling(beta)] {
    enter({inputs[0], inputs[1], output}, workspace);
    ++device().counters.data_convolutions;
    const Floats filters = filter_matrix(g, w);
    for (int n = 0; n < g.x.shape[0]; ++n) {
      blend(g.x, dx, n, convolve_back(g, gather(g.y, dy, n, g.tf32()), filters), scale, old_scale);
    }
  });
}
