// A precision as types: of feature maps, of their gradients, and as each library names them.
#pragma once

#include <cublas_v2.h>
#include <cudnn.h>

#include "core/tensor.hpp"
#include "element.hpp"
#include "impasto/forms.hpp"

namespace impasto::cuda {

/// How a precision is computed.
struct PrecisionTypes {
  ElementType feature = ElementType::kFloat32;
  ElementType dfeature = ElementType::kFloat32;
  bool tensor_cores = false;  ///< with float features: cut off to TF32

  /// fp16 keeps feature maps in half and their gradients in bfloat16: gradients range over more
  /// orders of magnitude than half can hold.
  static PrecisionTypes of(Precision precision);
};

/// Whether tensor cores of this compute capability know TF32 and bfloat16, which every precision
/// but fp32 needs: fp16 keeps gradients in bfloat16.
constexpr bool has_tf32_and_bfloat16(int compute_capability_major) {
  return compute_capability_major >= 8;
}

kernels::Element kernel_type(ElementType type);
cudnnDataType_t cudnn_type(ElementType type);
cudaDataType_t blas_type(ElementType type);

/// Channels are padded to 16 bytes, what one thread reads at a time.
FeatureStorage feature_storage(ElementType type);

}  // namespace impasto::cuda
