#include "backend/cuda/precision_types.hpp"

namespace impasto::cuda {

PrecisionTypes PrecisionTypes::of(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return {ElementType::kFloat32, ElementType::kFloat32, false};
    case Precision::kTf32:
      return {ElementType::kFloat32, ElementType::kFloat32, true};
    case Precision::kBf16:
      return {ElementType::kBfloat16, ElementType::kBfloat16, true};
    case Precision::kFp16:
      return {ElementType::kFloat16, ElementType::kBfloat16, true};
  }
  return {};
}

kernels::Element kernel_type(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return kernels::Element::kHalf;
    case ElementType::kBfloat16:
      return kernels::Element::kBfloat16;
    default:
      return kernels::Element::kFloat;
  }
}

cudnnDataType_t cudnn_type(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return CUDNN_DATA_HALF;
    case ElementType::kBfloat16:
      return CUDNN_DATA_BFLOAT16;
    default:
      return CUDNN_DATA_FLOAT;
  }
}

cudaDataType_t blas_type(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return CUDA_R_16F;
    case ElementType::kBfloat16:
      return CUDA_R_16BF;
    default:
      return CUDA_R_32F;
  }
}

FeatureStorage feature_storage(ElementType type) {
  const std::size_t bytes = size_of(type);
  return {.element_bytes = bytes,
          .channel_multiple = static_cast<std::int64_t>(16 / bytes),
          .masks_when_written = true,
          .gradients_reach_pictures = true};
}

}  // namespace impasto::cuda
