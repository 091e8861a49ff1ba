// Values of a tensor in this backend's memory.
#pragma once

#include "backend/backend.hpp"

namespace impasto::cpu {

/// The first of the tensor's values, which are floats in NHWC order.
inline float* values(const Tensor& tensor) {
  return static_cast<float*>(tensor.data);
}

}  // namespace impasto::cpu
