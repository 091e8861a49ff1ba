#include "cuda_emulation/numbers.hpp"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <bit>
#include <cmath>
#include <cstdint>

namespace cuda_emulation {

std::size_t bytes_of(cudaDataType type) {
  switch (type) {
    case CUDA_R_64F:
      return 8;
    case CUDA_R_32F:
      return 4;
    case CUDA_R_16F:
    case CUDA_R_16BF:
      return 2;
    default:
      return 0;
  }
}

float load(cudaDataType type, const void* array, std::size_t n) {
  switch (type) {
    case CUDA_R_16F:
      return __half2float(static_cast<const __half*>(array)[n]);
    case CUDA_R_16BF:
      return __bfloat162float(static_cast<const __nv_bfloat16*>(array)[n]);
    default:
      return static_cast<const float*>(array)[n];
  }
}

void store(cudaDataType type, void* array, std::size_t n, float value) {
  switch (type) {
    case CUDA_R_16F:
      static_cast<__half*>(array)[n] = __float2half(value);
      break;
    case CUDA_R_16BF:
      static_cast<__nv_bfloat16*>(array)[n] = __float2bfloat16(value);
      break;
    default:
      static_cast<float*>(array)[n] = value;
      break;
  }
}

float as_tf32(float value) {
  if (!std::isfinite(value)) {
    return value;
  }
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & ~0x1FFFU);
}

}  // namespace cuda_emulation
