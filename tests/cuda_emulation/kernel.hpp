// Included before every kernel file, so that it compiles as plain C++: CUDA's keywords, built-in
// variables, barriers, warp functions and the few device functions that the kernels use.
//
// UndefinedBehaviorSanitizer checks the index of __shared__ arrays. Kernels should stand in
// anonymous namespaces: only then does AddressSanitizer (GCC) watch what is read of them by
// pointer, too.
#pragma once

#include <cuda_runtime.h>
#include <math.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <source_location>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "cuda_emulation/threads.hpp"

#undef __global__
#undef __device__
#undef __host__
#undef __constant__
#undef __shared__
#undef __launch_bounds__
#undef __forceinline__
#undef __noinline__
#undef __grid_constant__
#define __global__
#define __device__
#define __host__
#define __constant__
#define __shared__ static  // blocks run one after another
#define __launch_bounds__(...)
#define __forceinline__ inline
#define __noinline__
#define __grid_constant__

#define threadIdx (cuda_emulation::indices.thread)
#define blockIdx (cuda_emulation::indices.block)
#define blockDim (cuda_emulation::indices.block_shape)
#define gridDim (cuda_emulation::indices.grid_shape)
inline constexpr int warpSize = static_cast<int>(cuda_emulation::kWarpSize);

namespace cuda_emulation {

using Here = std::source_location;

/// Calls `kernel` once for every thread of the grid, when the stream comes there. Pointer arguments
/// must point into device or pinned memory by then.
template <typename... Parameters>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, cudaStream_t stream,
            std::type_identity_t<Parameters>... arguments) {
  static_assert((std::is_trivially_copyable_v<Parameters> && ...),
                "a kernel's arguments are copied as bytes");
  std::vector<const void*> pointers;
  [[maybe_unused]] const auto note = [&](const auto& argument) {
    if constexpr (std::is_pointer_v<std::decay_t<decltype(argument)>>) {
      pointers.push_back(argument);
    }
  };
  (note(arguments), ...);
  const auto text = [](const dim3& shape) {
    return std::to_string(shape.x) + " x " + std::to_string(shape.y) + " x " +
           std::to_string(shape.z);
  };
  enqueue_kernel(
      {grid, block,
       [kernel, values = std::tuple<Parameters...>(arguments...)] { std::apply(kernel, values); },
       "kernel of type " + std::string(typeid(kernel).name()) + " <<<" + text(grid) + ", " +
           text(block) + ">>>",
       std::move(pointers)},
      stream);
}

/// Any value of up to eight bytes, as a warp's lanes exchange it.
template <typename T>
std::uint64_t to_bits(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

template <typename T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(static_cast<void*>(&value), &bits, sizeof(T));
  return value;
}

/// The value of lane `source`, or the own one where source lies outside the lane's section.
template <typename T>
T shuffle(unsigned mask, T value, bool inside, unsigned source, int width, const Place& place) {
  if (width < 1 || width > warpSize || (width & (width - 1)) != 0) {
    undefined(place, "width " + std::to_string(width) + " is no power of two up to 32");
  }
  const Met& met = meet_warp(mask, to_bits(value), place);
  if (!inside) {
    return value;
  }
  if ((met.lanes >> source & 1U) == 0) {
    undefined(place, "reads lane " + std::to_string(source) + ", which takes no part");
  }
  return from_bits<T>(met.values[source]);
}

}  // namespace cuda_emulation

// ---- barriers

inline void __syncthreads(cuda_emulation::Here where = cuda_emulation::Here::current()) {
  cuda_emulation::meet_block(false, {"__syncthreads", where});
}
inline int __syncthreads_count(int predicate,
                               cuda_emulation::Here where = cuda_emulation::Here::current()) {
  return static_cast<int>(
      cuda_emulation::meet_block(predicate != 0, {"__syncthreads_count", where}));
}
inline int __syncthreads_or(int predicate,
                            cuda_emulation::Here where = cuda_emulation::Here::current()) {
  return __syncthreads_count(predicate, where) != 0 ? 1 : 0;
}
inline void __syncwarp(unsigned mask = 0xFFFFFFFFU,
                       cuda_emulation::Here where = cuda_emulation::Here::current()) {
  cuda_emulation::meet_warp(mask, 0, {"__syncwarp", where});
}
inline void __threadfence() {}
inline void __threadfence_block() {}

// ---- warp functions

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize,
              cuda_emulation::Here where = cuda_emulation::Here::current()) {
  const auto section = cuda_emulation::lane() & ~(static_cast<unsigned>(width) - 1U);
  const auto from = section + (static_cast<unsigned>(source) & (static_cast<unsigned>(width) - 1U));
  return cuda_emulation::shuffle(mask, value, true, from, width, {"__shfl_sync", where});
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                 cuda_emulation::Here where = cuda_emulation::Here::current()) {
  const unsigned lane = cuda_emulation::lane();
  const bool inside = lane % static_cast<unsigned>(width) >= delta;
  return cuda_emulation::shuffle(mask, value, inside, lane - delta, width,
                                 {"__shfl_up_sync", where});
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                   cuda_emulation::Here where = cuda_emulation::Here::current()) {
  const unsigned lane = cuda_emulation::lane();
  const bool inside = lane % static_cast<unsigned>(width) + delta < static_cast<unsigned>(width);
  return cuda_emulation::shuffle(mask, value, inside, lane + delta, width,
                                 {"__shfl_down_sync", where});
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize,
                  cuda_emulation::Here where = cuda_emulation::Here::current()) {
  const unsigned lane = cuda_emulation::lane();
  const unsigned source = lane ^ static_cast<unsigned>(lane_mask);
  const auto last = lane | (static_cast<unsigned>(width) - 1U);
  return cuda_emulation::shuffle(mask, value, source <= last && source < 32U, source, width,
                                 {"__shfl_xor_sync", where});
}
inline unsigned __ballot_sync(unsigned mask, int predicate,
                              cuda_emulation::Here where = cuda_emulation::Here::current()) {
  const auto& met =
      cuda_emulation::meet_warp(mask, predicate != 0 ? 1 : 0, {"__ballot_sync", where});
  unsigned votes = 0;
  for (unsigned n = 0; n < cuda_emulation::kWarpSize; ++n) {
    votes |= (met.lanes >> n & static_cast<unsigned>(met.values[n])) << n;
  }
  return votes & met.lanes;
}
inline int __any_sync(unsigned mask, int predicate,
                      cuda_emulation::Here where = cuda_emulation::Here::current()) {
  return __ballot_sync(mask, predicate, where) != 0 ? 1 : 0;
}
inline int __all_sync(unsigned mask, int predicate,
                      cuda_emulation::Here where = cuda_emulation::Here::current()) {
  return __ballot_sync(mask, predicate == 0 ? 1 : 0, where) == 0 ? 1 : 0;
}

// ---- atomics, of whole numbers alone: a sum of floats would depend on the order

template <typename T>
requires std::is_integral_v<T> T atomicAdd(T* address, std::type_identity_t<T> value) {
  return std::exchange(*address, static_cast<T>(*address + value));
}
template <typename T>
requires std::is_integral_v<T> T atomicMax(T* address, std::type_identity_t<T> value) {
  return std::exchange(*address, *address < value ? value : *address);
}
template <typename T>
requires std::is_integral_v<T> T atomicMin(T* address, std::type_identity_t<T> value) {
  return std::exchange(*address, value < *address ? value : *address);
}
template <typename T>
requires std::is_integral_v<T> T atomicOr(T* address, std::type_identity_t<T> value) {
  return std::exchange(*address, static_cast<T>(*address | value));
}
template <typename T>
requires std::is_integral_v<T> T atomicExch(T* address, std::type_identity_t<T> value) {
  return std::exchange(*address, value);
}
template <typename T>
requires std::is_integral_v<T> T atomicCAS(T* address, std::type_identity_t<T> compare,
                                           std::type_identity_t<T> value) {
  const T old = *address;
  if (old == compare) {
    *address = value;
  }
  return old;
}
inline unsigned atomicInc(unsigned* address, unsigned limit) {
  return std::exchange(*address, *address >= limit ? 0U : *address + 1U);
}

// ---- loads and arithmetic

template <typename T>
T __ldg(const T* address) {
  return *address;
}
template <typename T>
T __ldcs(const T* address) {
  return *address;
}
template <typename T>
void __stcs(T* address, std::type_identity_t<T> value) {
  *address = value;
}
template <typename A, typename B>
requires(std::is_arithmetic_v<A>&& std::is_arithmetic_v<B>) constexpr std::common_type_t<A, B> min(
    A a, B b) {
  using T = std::common_type_t<A, B>;
  return static_cast<T>(b) < static_cast<T>(a) ? static_cast<T>(b) : static_cast<T>(a);
}
template <typename A, typename B>
requires(std::is_arithmetic_v<A>&& std::is_arithmetic_v<B>) constexpr std::common_type_t<A, B> max(
    A a, B b) {
  using T = std::common_type_t<A, B>;
  return static_cast<T>(a) < static_cast<T>(b) ? static_cast<T>(b) : static_cast<T>(a);
}
#define rsqrtf(x) (1.0F / sqrtf(x))  // a macro, as newer C libraries declare a function
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float __fsub_rn(float a, float b) {
  return a - b;
}
inline float __fdiv_rn(float a, float b) {
  return a / b;
}
inline float __fsqrt_rn(float a) {
  return sqrtf(a);
}
inline float __fmaf_rn(float a, float b, float c) {
  return fmaf(a, b, c);
}
inline float __fdividef(float a, float b) {
  return a / b;
}
inline double __dmul_rn(double a, double b) {
  return a * b;
}
inline double __dadd_rn(double a, double b) {
  return a + b;
}
inline double __ddiv_rn(double a, double b) {
  return a / b;
}
inline double __dsqrt_rn(double a) {
  return sqrt(a);
}
inline unsigned __float_as_uint(float a) {
  return std::bit_cast<unsigned>(a);
}
inline int __float_as_int(float a) {
  return std::bit_cast<int>(a);
}
inline float __uint_as_float(unsigned a) {
  return std::bit_cast<float>(a);
}
inline float __int_as_float(int a) {
  return std::bit_cast<float>(a);
}
inline int __popc(unsigned a) {
  return std::popcount(a);
}
inline int __clz(int a) {
  return std::countl_zero(static_cast<unsigned>(a));
}
inline int __ffs(int a) {
  return a == 0 ? 0 : std::countr_zero(static_cast<unsigned>(a)) + 1;
}
