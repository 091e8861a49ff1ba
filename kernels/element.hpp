// Element types, and what launchers are told of a feature map. Plain C++, for kernels and host
// alike.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

namespace impasto::kernels {

__host__ __device__ inline float to_float(float value) {
  return value;
}
__host__ __device__ inline float to_float(__half value) {
  return __half2float(value);
}
__host__ __device__ inline float to_float(__nv_bfloat16 value) {
  return __bfloat162float(value);
}

/// Rounded to nearest even.
template <typename T>
__host__ __device__ inline T from_float(float value);
template <>
__host__ __device__ inline float from_float<float>(float value) {
  return value;
}
template <>
__host__ __device__ inline __half from_float<__half>(float value) {
  return __float2half_rn(value);
}
template <>
__host__ __device__ inline __nv_bfloat16 from_float<__nv_bfloat16>(float value) {
  return __float2bfloat16_rn(value);
}

/// Element types as a launcher is told them.
enum class Element : std::uint8_t { kFloat, kHalf, kBfloat16 };

/// Host memory: elements[n] = value, rounded.
inline void store_element(float value, Element type, void* elements, std::size_t n) {
  switch (type) {
    case Element::kFloat:
      static_cast<float*>(elements)[n] = value;
      break;
    case Element::kHalf:
      static_cast<__half*>(elements)[n] = from_float<__half>(value);
      break;
    case Element::kBfloat16:
      static_cast<__nv_bfloat16*>(elements)[n] = from_float<__nv_bfloat16>(value);
      break;
  }
}

/// Host memory: elements[n].
inline float load_element(const void* elements, Element type, std::size_t n) {
  switch (type) {
    case Element::kFloat:
      return static_cast<const float*>(elements)[n];
    case Element::kHalf:
      return to_float(static_cast<const __half*>(elements)[n]);
    case Element::kBfloat16:
      return to_float(static_cast<const __nv_bfloat16*>(elements)[n]);
  }
  return 0;
}

/// A feature map or a feature map's gradient in device memory: NHWC, one image.
struct FeatureMap {
  void* data = nullptr;
  Element type = Element::kFloat;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t stored_channels = 0;  ///< a multiple of the pack; those behind the last hold zeros

  template <typename T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(data);
  }
  [[nodiscard]] std::int64_t elements() const { return height * width * stored_channels; }
  /// Packs in the whole map; every element type of one map's pair has packs of one size.
  [[nodiscard]] std::int64_t packs() const {
    return elements() / (type == Element::kFloat ? 4 : 8);
  }
  [[nodiscard]] int packs_per_pixel() const {
    return static_cast<int>(stored_channels / (type == Element::kFloat ? 4 : 8));
  }
};

/// body(T{}) with T the element type.
template <typename Body>
void with_type(Element type, const Body& body) {
  switch (type) {
    case Element::kFloat:
      body(float{});
      break;
    case Element::kHalf:
      body(__half{});
      break;
    case Element::kBfloat16:
      body(__nv_bfloat16{});
      break;
  }
}

/// body(F{}, D{}) with F the type of feature maps and D that of their gradients. Half-precision
/// features have bfloat16 gradients: these need range more than digits.
template <typename Body>
void with_types(Element feature, const Body& body) {
  switch (feature) {
    case Element::kFloat:
      body(float{}, float{});
      break;
    case Element::kHalf:
      body(__half{}, __nv_bfloat16{});
      break;
    case Element::kBfloat16:
      body(__nv_bfloat16{}, __nv_bfloat16{});
      break;
  }
}

}  // namespace impasto::kernels
