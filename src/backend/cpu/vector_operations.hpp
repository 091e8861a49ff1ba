// Losses' and optimisers' loops of the CPU backend, on float32 arrays. Formulas:
// src/backend/reference/. `partial` holds the chunk sums; see parallel.hpp.
#pragma once

#include <span>
#include <vector>

#include "backend/adam_step.hpp"
#include "core/thread_pool.hpp"

namespace impasto::cpu {

double squared_difference(ThreadPool& pool, double c, const Tensor& f, const Tensor& p,
                          const Tensor& df, bool accumulate, std::vector<double>& partial);
double total_variation(ThreadPool& pool, double c, const Tensor& x, const Tensor& dx,
                       std::vector<double>& partial);

double dot(ThreadPool& pool, const Tensor& x, const Tensor& y, std::vector<double>& partial);
/// Several products at a time: `partial` is as large after the first call as it will ever be.
void dots(ThreadPool& pool, std::span<const Tensor> x, std::span<const Tensor> y, double* results,
          std::vector<double>& partial);
void combine(ThreadPool& pool, std::span<const double> c, std::span<const Tensor> x,
             const Tensor& y);
double absolute_sum(ThreadPool& pool, const Tensor& x, std::vector<double>& partial);
double absolute_max(ThreadPool& pool, const Tensor& x, std::vector<double>& partial);
void scale(ThreadPool& pool, double a, const Tensor& y);
void axpy(ThreadPool& pool, double a, const Tensor& x, const Tensor& y);
void adam(ThreadPool& pool, const AdamStep& step, const Tensor& g, const Tensor& m, const Tensor& v,
          const Tensor& x, const PixelBounds* bounds);
void clamp(ThreadPool& pool, const PixelBounds& bounds, const Tensor& x);

}  // namespace impasto::cpu
