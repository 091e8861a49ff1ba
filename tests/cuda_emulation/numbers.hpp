// Number formats of the emulated libraries: what is stored, and what arithmetic sees of it.
#pragma once

#include <library_types.h>

#include <cstddef>

namespace cuda_emulation {

/// Bytes of an element: CUDA_R_32F, CUDA_R_16F, CUDA_R_16BF or CUDA_R_64F; 0 for other types.
std::size_t bytes_of(cudaDataType type);

/// Element n of an array of this type (not CUDA_R_64F).
float load(cudaDataType type, const void* array, std::size_t n);
/// Rounded to nearest, ties to even.
void store(cudaDataType type, void* array, std::size_t n, float value);

/// What a tensor core sees of a float: 10 bits of mantissa, the 13 behind them cut off.
float as_tf32(float value);

}  // namespace cuda_emulation
