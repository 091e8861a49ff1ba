// NHWC feature-map operations of the CPU backend. Formulas and derivations: src/backend/reference/.
#pragma once

#include "backend/backend.hpp"

namespace impasto::cpu {

/// Between plain CHW values and an NHWC feature map; From and To are float or double.
template <typename From>
void chw_to_nhwc(const From* from, const Shape& shape, float* to);
template <typename To>
void nhwc_to_chw(const float* from, const Shape& shape, To* to);

void relu(const Tensor& x, const Tensor& y);
void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx);
void max_pool(const Tensor& x, const Tensor& y);
void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx);
void average_pool(const Tensor& x, const Tensor& y);
void daverage_pool(const Tensor& dy, const Tensor& dx);
void pad(Padding mode, const Tensor& x, const Tensor& y);
void dpad(Padding mode, const Tensor& dy, const Tensor& dx);

}  // namespace impasto::cpu
