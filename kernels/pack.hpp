// 16-byte packs of elements: what one thread reads and writes at a time.
#pragma once

#include <cuda_runtime.h>

#include <cstring>  // memcpy: the one way between bits and elements that both compilers accept

#include "element.hpp"

namespace impasto::kernels {

/// Elements of a 16-byte pack. Feature maps' channels are padded to a multiple of it.
template <typename T>
constexpr int kPackSize = 16 / static_cast<int>(sizeof(T));

/// kPackSize<T> consecutive elements as floats; `T` only says how they lie in memory.
template <typename T>
struct Pack {
  float values[kPackSize<T>];

  /// `from` is a multiple of 16 bytes.
  __device__ static Pack load(const T* from) {
    const uint4 bits = *reinterpret_cast<const uint4*>(from);
    T elements[kPackSize<T>];
    memcpy(static_cast<void*>(elements), &bits, 16);
    Pack pack;
#pragma unroll
    for (int n = 0; n < kPackSize<T>; ++n) {
      pack.values[n] = to_float(elements[n]);
    }
    return pack;
  }

  /// `to` is a multiple of 16 bytes.
  __device__ void store(T* to) const {
    T elements[kPackSize<T>];
#pragma unroll
    for (int n = 0; n < kPackSize<T>; ++n) {
      elements[n] = from_float<T>(values[n]);
    }
    uint4 bits;
    memcpy(&bits, static_cast<const void*>(elements), 16);
    *reinterpret_cast<uint4*>(to) = bits;
  }
};

}  // namespace impasto::kernels
