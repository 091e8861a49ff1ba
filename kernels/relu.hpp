// ReLU and its gradient for one element: y = max(x, 0), dx = dy · [y > 0].
#pragma once

#include <cuda_runtime.h>

#include <cmath>

namespace impasto::kernels {

/// A NaN comes through.
__host__ __device__ inline float relu_of(float x) {
  return x < 0 ? 0.0F : x;
}

/// NaN where y overflowed or is none: behind it a fused ReLU may have made zeros of all that went
/// wrong, so that no loss shows it.
__host__ __device__ inline float drelu_of(float dy, float y) {
  if (!(y < INFINITY)) {
    return NAN;
  }
  return y > 0 ? dy : 0.0F;
}

}  // namespace impasto::kernels
