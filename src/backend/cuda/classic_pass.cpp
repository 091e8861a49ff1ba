#include "backend/cuda/classic_pass.hpp"

#include "impasto/error.hpp"
#include "kernels.hpp"

namespace impasto::cuda {
namespace {

constexpr const char* kKindNames[] = {"fused", "plain", "data"};

TensorDescriptor nhwc(const Shape& shape, ElementType type) {
  auto descriptor =
      create<TensorDescriptor>("cudnnCreateTensorDescriptor", cudnnCreateTensorDescriptor);
  check(cudnnSetTensor4dDescriptor(descriptor.get(), CUDNN_TENSOR_NHWC, cudnn_type(type), 1,
                                   static_cast<int>(shape.channels), static_cast<int>(shape.height),
                                   static_cast<int>(shape.width)),
        "cudnnSetTensor4dDescriptor");
  return descriptor;
}

FilterDescriptor krsc(std::int64_t out, std::int64_t in, ElementType type) {
  auto descriptor =
      create<FilterDescriptor>("cudnnCreateFilterDescriptor", cudnnCreateFilterDescriptor);
  check(cudnnSetFilter4dDescriptor(descriptor.get(), cudnn_type(type), CUDNN_TENSOR_NHWC,
                                   static_cast<int>(out), static_cast<int>(in), 3, 3),
        "cudnnSetFilter4dDescriptor");
  return descriptor;
}

ConvolutionDescriptor cross_correlation(int padding, bool tensor_cores) {
  auto descriptor = create<ConvolutionDescriptor>("cudnnCreateConvolutionDescriptor",
                                                  cudnnCreateConvolutionDescriptor);
  check(cudnnSetConvolution2dDescriptor(descriptor.get(), padding, padding, 1, 1, 1, 1,
                                        CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
        "cudnnSetConvolution2dDescriptor");
  // FMA keeps float features in full precision: no TF32 behind the user's back.
  check(cudnnSetConvolutionMathType(descriptor.get(),
                                    tensor_cores ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH),
        "cudnnSetConvolutionMathType");
  return descriptor;
}

ActivationDescriptor activation(bool relu) {
  auto descriptor = create<ActivationDescriptor>("cudnnCreateActivationDescriptor",
                                                 cudnnCreateActivationDescriptor);
  // Fused convolutions take no other way with NaN; kernels::drelu sees the overflow that made one.
  check(cudnnSetActivationDescriptor(descriptor.get(),
                                     relu ? CUDNN_ACTIVATION_RELU : CUDNN_ACTIVATION_IDENTITY,
                                     CUDNN_NOT_PROPAGATE_NAN, 0),
        "cudnnSetActivationDescriptor");
  return descriptor;
}

cudnnConvolutionFwdAlgo_t forward_algorithm(const PassChoice& choice) {
  return static_cast<cudnnConvolutionFwdAlgo_t>(choice.algorithm);
}

cudnnConvolutionBwdDataAlgo_t backward_algorithm(const PassChoice& choice) {
  return static_cast<cudnnConvolutionBwdDataAlgo_t>(choice.algorithm);
}

}  // namespace

std::string PassChoice::name() const {
  return std::string(kKindNames[static_cast<std::size_t>(kind)]) + "/" + std::to_string(algorithm);
}

PassChoice PassChoice::parse(const std::string& name) {
  for (const PassKind kind : {PassKind::kFused, PassKind::kPlain, PassKind::kBackwardData}) {
    for (int algorithm = 0; algorithm < CUDNN_CONVOLUTION_FWD_ALGO_COUNT; ++algorithm) {
      const PassChoice choice{kind, algorithm};
      if (choice.name() == name) {
        return choice;
      }
    }
  }
  throw InputError("'" + name + "' names no way to convolve", "cached choice",
                   "delete impasto's cache folder");
}

ClassicPass::ClassicPass(Context& context, const PassGeometry& geometry, const PassWeights& weights,
                         const PassChoice& choice)
    : context_(context),
      geometry_(geometry),
      weights_(weights),
      choice_(choice),
      x_(nhwc(geometry.x, geometry.type)),
      y_(nhwc(geometry.y, geometry.type)),
      bias_(nhwc({geometry.y.channels, 1, 1}, geometry.type)),
      // Backward data's filters are those of the forward pass, from dx's channels to dy's.
      filter_(choice.kind == PassKind::kBackwardData
                  ? krsc(geometry.x.channels, geometry.y.channels, geometry.type)
                  : krsc(geometry.y.channels, geometry.x.channels, geometry.type)),
      convolution_(cross_correlation(
          choice.kind == PassKind::kBackwardData ? 2 - geometry.padding : geometry.padding,
          context.types().tensor_cores)),
      activation_(activation(weights.relu)) {
  if (choice.kind == PassKind::kBackwardData) {
    check(cudnnGetConvolutionBackwardDataWorkspaceSize(
              context.dnn(), filter_.get(), x_.get(), convolution_.get(), y_.get(),
              backward_algorithm(choice), &workspace_bytes_),
          "cudnnGetConvolutionBackwardDataWorkspaceSize");
    return;
  }
  check(cudnnGetConvolutionForwardWorkspaceSize(context.dnn(), x_.get(), filter_.get(),
                                                convolution_.get(), y_.get(),
                                                forward_algorithm(choice), &workspace_bytes_),
        "cudnnGetConvolutionForwardWorkspaceSize");
}

void ClassicPass::run(const PassMaps& maps, std::byte* workspace) const {
  const void* const x = maps.x;
  void* const y = maps.y;
  const float one = 1;
  const float zero = 0;
  switch (choice_.kind) {
    case PassKind::kFused:
      check(cudnnConvolutionBiasActivationForward(
                context_.dnn(), &one, x_.get(), x, filter_.get(), weights_.filters,
                convolution_.get(), forward_algorithm(choice_), workspace, workspace_bytes_, &zero,
                y_.get(), y, bias_.get(), weights_.bias, activation_.get(), y_.get(), y),
            "cudnnConvolutionBiasActivationForward");
      break;
    case PassKind::kPlain:
      check(
          cudnnConvolutionForward(context_.dnn(), &one, x_.get(), x, filter_.get(),
                                  weights_.filters, convolution_.get(), forward_algorithm(choice_),
                                  workspace, workspace_bytes_, &zero, y_.get(), y),
          "cudnnConvolutionForward");
      if (weights_.bias_float != nullptr) {
        kernels::add_bias({y, kernel_type(geometry_.type), geometry_.y.height, geometry_.y.width,
                           geometry_.y.channels},
                          weights_.bias_float, weights_.relu, context_.stream());
        check_launch("add_bias");
      }
      break;
    case PassKind::kBackwardData:
      check(
          cudnnConvolutionBackwardData(context_.dnn(), &one, filter_.get(), weights_.filters,
                                       x_.get(), x, convolution_.get(), backward_algorithm(choice_),
                                       workspace, workspace_bytes_, &zero, y_.get(), y),
          "cudnnConvolutionBackwardData");
      break;
  }
}

std::vector<PassChoice> forward_choices(ElementType type, bool relu, bool may_fuse) {
  std::vector<PassChoice> choices{
      {PassKind::kPlain, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM},
      {PassKind::kPlain, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM}};
  if (may_fuse) {
    choices.insert(choices.begin(),
                   {PassKind::kFused, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM});
  }
  if (may_fuse && relu) {
    // Without ReLU, cuDNN fuses a bias with the first algorithm only.
    choices.push_back({PassKind::kFused, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM});
  }
  if (type != ElementType::kFloat32) {
    // Winograd rounds more than float features may be rounded.
    choices.push_back({PassKind::kPlain, CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD});
    choices.push_back({PassKind::kPlain, CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED});
  }
  return choices;
}

// CUDNN_CONVOLUTION_BWD_DATA_ALGO_0 is left out: it adds with atomics, in no fixed order.
std::vector<PassChoice> backward_choices(ElementType type) {
  std::vector<PassChoice> choices{
      {PassKind::kPlain, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM},
      {PassKind::kBackwardData, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1},
      {PassKind::kPlain, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM}};
  if (type != ElementType::kFloat32) {
    choices.push_back({PassKind::kPlain, CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED});
    choices.push_back({PassKind::kBackwardData, CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED});
  }
  return choices;
}

}  // namespace impasto::cuda
