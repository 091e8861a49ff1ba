// Gram matrices through cuBLAS. An NHWC feature map of N channels (stored with row length S ≥ N)
// is, to column-major cuBLAS, F itself: N × M with leading dimension S. Sums and results are float.
#pragma once

#include "backend/backend.hpp"
#include "backend/cuda/context.hpp"

namespace impasto::cuda {

/// g (N × N float) = c F Fᵀ.
void gram(Context& context, double c, const Tensor& f, const Tensor& g);

/// df (=) or (+=) c D F with symmetric D (N × N float), which is rounded to the gradients' type.
void dgram(Context& context, double c, const Tensor& d, const Tensor& f, const Tensor& df,
           bool accumulate);

/// Bytes of the context's scratch memory that dgram uses: D, and F where features have another type
/// than their gradients, in the gradients' type.
std::size_t dgram_scratch_bytes(const Context& context, const Shape& feature);

}  // namespace impasto::cuda
