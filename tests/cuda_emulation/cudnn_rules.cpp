// Which convolutions cuDNN accepts: the lists under "Returns" and the tables "Supported algorithms
// for 2D convolutions" in the reference of cudnn_cnn.
#include <algorithm>

#include "cuda_emulation/cudnn.hpp"

namespace cuda_emulation {
namespace {

/// Larger than any true size of a small problem rounds to, and never zero.
std::size_t rounded(double bytes) {
  return (static_cast<std::size_t>(bytes) / 256 + 1) * 256;
}

double elements(const cudnnTensorStruct& tensor) {
  return static_cast<double>(tensor.shape[0]) * tensor.shape[1] * tensor.shape[2] * tensor.shape[3];
}

double taps(const cudnnFilterStruct& filter) {
  return static_cast<double>(filter.c) * filter.h * filter.w;
}

/// What every algorithm and both directions demand.
cudnnStatus_t examine(const ConvolutionDescriptors& descriptors) {
  const auto& [x, w, convolution, y] = descriptors;
  if (x == nullptr || w == nullptr || convolution == nullptr || y == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "a descriptor is null");
  }
  if (!x->set || !w->set || !convolution->set || !y->set) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a descriptor was created but never set");
  }
  if (x->shape[1] != w->c) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "input and filter have different numbers of channels");
  }
  if (x->type != w->type || x->type != y->type) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "input, filter and output differ in type");
  }
  const int height = output_length(x->shape[2], convolution->pad_h, w->h, convolution->dilation_h,
                                   convolution->stride_h);
  const int width = output_length(x->shape[3], convolution->pad_w, w->w, convolution->dilation_w,
                                  convolution->stride_w);
  if (height < 1 || width < 1) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "the filter is larger than the padded input");
  }
  if (y->shape != std::array<int, 4>{x->shape[0], w->k, height, width}) {
    return refuse(CUDNN_STATUS_BAD_PARAM,
                  "the output is not what cudnnGetConvolution2dForwardOutputDim says");
  }
  for (const cudnnTensorStruct* tensor : {x, y}) {
    if (std::any_of(tensor->strides.begin(), tensor->strides.end(),
                    [](int stride) { return stride <= 0; })) {
      return refuse(CUDNN_STATUS_NOT_SUPPORTED, "a tensor's strides must be positive");
    }
  }
  if (convolution->compute != CUDNN_DATA_FLOAT) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "the emulation sums in float alone");
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t unsupported(const char* why) {
  return refuse(CUDNN_STATUS_NOT_SUPPORTED, why);
}

bool unit_strides(const cudnnConvolutionStruct& convolution) {
  return convolution.stride_h == 1 && convolution.stride_w == 1;
}
bool undilated(const cudnnConvolutionStruct& convolution) {
  return convolution.dilation_h == 1 && convolution.dilation_w == 1;
}

/// Winograd's demands, on either direction.
const char* winograd_objection(const ConvolutionDescriptors& d, bool fused) {
  if (!unit_strides(*d.convolution) || !undilated(*d.convolution)) {
    return "Winograd needs stride 1 and no dilation";
  }
  const bool three = d.w->h == 3 && d.w->w == 3;
  const bool five = d.w->h == 5 && d.w->w == 5;
  if (fused ? !three : !three && !five) {
    return "Winograd needs a 3 x 3 filter (non-fused: or 5 x 5)";
  }
  if (fused && d.x->type == CUDNN_DATA_BFLOAT16) {
    return "fused Winograd does not take bfloat16";
  }
  return nullptr;
}

/// The FFTs' demands, on either direction.
const char* fft_objection(const ConvolutionDescriptors& d, bool tiled) {
  if (d.x->type == CUDNN_DATA_BFLOAT16) {
    return "the FFT does not take bfloat16";
  }
  if (!is_nchw_packed(*d.x) || !is_nchw_packed(*d.y)) {
    return "the FFT needs packed NCHW tensors";
  }
  if (!unit_strides(*d.convolution) || !undilated(*d.convolution)) {
    return "the FFT needs stride 1 and no dilation";
  }
  if (d.w->h <= d.convolution->pad_h || d.w->w <= d.convolution->pad_w) {
    return "the FFT needs a filter larger than the padding";
  }
  const int most = tiled ? 32 : 256;
  const int height = tiled ? d.w->h : d.x->shape[2] + 2 * d.convolution->pad_h;
  const int width = tiled ? d.w->w : d.x->shape[3] + 2 * d.convolution->pad_w;
  return height > most || width > most ? "too large for the FFT" : nullptr;
}

/// cuDNN 9.19's plans for NHWC floats without tensor cores convert to NCHW and back, in 2.1 times
/// the larger map.
std::size_t conversion_bytes(const ConvolutionDescriptors& d) {
  const bool converts = d.x->type == CUDNN_DATA_FLOAT && d.w->format == CUDNN_TENSOR_NHWC &&
                        d.convolution->math == CUDNN_FMA_MATH;
  return converts ? rounded(2.1 * 4 * std::max(elements(*d.x), elements(*d.y))) : 0;
}

}  // namespace

int output_length(int input, int pad, int filter, int dilation, int stride) {
  const int room = input + 2 * pad - ((filter - 1) * dilation + 1);
  return room < 0 ? 0 : 1 + room / stride;
}

cudnnStatus_t examine_forward(const ConvolutionDescriptors& descriptors,
                              cudnnConvolutionFwdAlgo_t algorithm, std::size_t* workspace_bytes) {
  if (const cudnnStatus_t status = examine(descriptors); status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  const auto& [x, w, convolution, y] = descriptors;
  if (w->format == CUDNN_TENSOR_NHWC) {
    if (algorithm != CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM) {
      return unsupported("NHWC filters: IMPLICIT_PRECOMP_GEMM alone");
    }
    if (!is_nhwc_packed(*x) || !is_nhwc_packed(*y)) {
      return unsupported("NHWC filters need fully packed NHWC tensors");
    }
  }
  const double all = elements(*x) + elements(*y) + taps(*w) * w->k;
  switch (algorithm) {
    case CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM:
      *workspace_bytes = 0;
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM:
      *workspace_bytes =
          rounded(4 * taps(*w) + 4 * y->shape[2] * y->shape[3]) + conversion_bytes(descriptors);
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_CONVOLUTION_FWD_ALGO_GEMM:
      if (!undilated(*convolution)) {
        return unsupported("GEMM needs no dilation");
      }
      *workspace_bytes = rounded(4 * taps(*w) * y->shape[2] * y->shape[3]);
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_CONVOLUTION_FWD_ALGO_FFT:
    case CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING: {
      const char* objection =
          fft_objection(descriptors, algorithm == CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING);
      *workspace_bytes = rounded(8 * all);
      return objection == nullptr ? CUDNN_STATUS_SUCCESS : unsupported(objection);
    }
    case CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD:
    case CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED: {
      const bool fused = algorithm == CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD;
      const char* objection = winograd_objection(descriptors, fused);
      *workspace_bytes = rounded(fused ? 16.0 / 9 * 4 * taps(*w) * w->k : 36.0 / 16 * 4 * all);
      return objection == nullptr ? CUDNN_STATUS_SUCCESS : unsupported(objection);
    }
    default:
      return unsupported("DIRECT is not implemented, others do not exist");
  }
}

cudnnStatus_t examine_backward_data(const ConvolutionDescriptors& descriptors,
                                    cudnnConvolutionBwdDataAlgo_t algorithm,
                                    std::size_t* workspace_bytes) {
  if (const cudnnStatus_t status = examine(descriptors); status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  const auto& [dx, w, convolution, dy] = descriptors;
  const bool plain = algorithm == CUDNN_CONVOLUTION_BWD_DATA_ALGO_0 ||
                     algorithm == CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
  if (w->format == CUDNN_TENSOR_NHWC) {
    if (!plain) {
      return unsupported("NHWC filters: ALGO_0 and ALGO_1 alone");
    }
    if (!is_nhwc_packed(*dy) || !is_nhwc_packed(*dx)) {
      return unsupported("NHWC filters need packed NHWC gradients");
    }
  } else if (!is_nchw_packed(*dy)) {
    return unsupported("NCHW filters need a packed NCHW dy");
  }
  const double all = elements(*dx) + elements(*dy) + taps(*w) * w->k;
  switch (algorithm) {
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_0:
      *workspace_bytes = rounded(4 * elements(*dx));
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_1:
      *workspace_bytes = rounded(4 * taps(*w) * w->k) + conversion_bytes(descriptors);
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT:
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING: {
      const char* objection =
          fft_objection(descriptors, algorithm == CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING);
      *workspace_bytes = rounded(8 * all);
      return objection == nullptr ? CUDNN_STATUS_SUCCESS : unsupported(objection);
    }
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD:
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED: {
      const bool fused = algorithm == CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD;
      const char* objection = winograd_objection(descriptors, fused);
      *workspace_bytes = rounded(fused ? 16.0 / 9 * 4 * taps(*w) * w->k : 36.0 / 16 * 4 * all);
      return objection == nullptr ? CUDNN_STATUS_SUCCESS : unsupported(objection);
    }
    default:
      return unsupported("no such algorithm");
  }
}

}  // namespace cuda_emulation
