// NHWC feature-map operations of the CPU backend. Formulas and derivations: src/backend/reference/.
#pragma once

#include "backend/backend.hpp"
#include "core/thread_pool.hpp"

namespace impasto::cpu {

/// Between plain CHW values and an NHWC feature map; From and To are float or double.
template <typename From>
void chw_to_nhwc(ThreadPool& pool, const From* from, const Shape& shape, float* to);
template <typename To>
void nhwc_to_chw(ThreadPool& pool, const float* from, const Shape& shape, To* to);

void relu(ThreadPool& pool, const Tensor& x, const Tensor& y);
void drelu(ThreadPool& pool, const Tensor& dy, const Tensor& y, const Tensor& dx);
void max_pool(ThreadPool& pool, const Tensor& x, const Tensor& y);
void dmax_pool(ThreadPool& pool, const Tensor& dy, const Tensor& x, const Tensor& dx);
void average_pool(ThreadPool& pool, const Tensor& x, const Tensor& y);
void daverage_pool(ThreadPool& pool, const Tensor& dy, const Tensor& dx);
void pad(ThreadPool& pool, Padding mode, const Tensor& x, const Tensor& y);
void dpad(ThreadPool& pool, Padding mode, const Tensor& dy, const Tensor& dx);

}  // namespace impasto::cpu
