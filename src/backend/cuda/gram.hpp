// Gram matrices and other products through cuBLAS. An NHWC feature map of N channels (stored with
// row length S ≥ N) is, to column-major cuBLAS, F itself: N × M with leading dimension S. Sums and
// results are float.
#pragma once

#include "backend/backend.hpp"
#include "backend/cuda/context.hpp"

namespace impasto::cuda {

/// g (N × N float) = c F Fᵀ. Many positions are cut into pieces, whose products are one batch and
/// are then added, in double and in a fixed order.
void gram(Context& context, double c, const Tensor& f, const Tensor& g);

/// value = c Σ (g − a)²; dg = 2c (g − a), with g = s F Fᵀ to the same bits as gram has it. The
/// pieces are added where the difference is taken.
void gram_difference(Context& context, double s, const Tensor& f, double c, const Tensor& a,
                     Scalar value, const Tensor& dg);

/// df (=) or (+=) c D F with symmetric D (N × N float), rounded to the gradients' type if it
/// is not in that already.
void dgram(Context& context, double c, const Tensor& d, const Tensor& f, const Tensor& df,
           bool accumulate);

/// z = or += a x y, row-major matrices of floats, in float also where features are multiplied by
/// tensor cores.
void multiply(Context& context, double a, const Tensor& x, const Tensor& y, const Tensor& z,
              bool accumulate);

/// Bytes of the context's scratch memory that these use: the pieces' matrices; and by turns with
/// them D, and F where features have another type than their gradients, in the gradients' type.
std::size_t gram_scratch_bytes(const Context& context, const Shape& feature);

}  // namespace impasto::cuda
