// Losses on means and covariances on the CPU. Formulas:
// src/backend/reference/matrix_operations.hpp. The sums come out the same whatever the number of
// threads.
#pragma once

#include <vector>

#include "backend/cpu/gram.hpp"
#include "core/thread_pool.hpp"

namespace impasto::cpu {

/// `partial`: grown by the first call at a size, then reused.
void channel_means(ThreadPool& pool, const Tensor& f, const Tensor& mean,
                   std::vector<double>& partial);
void add_to_channels(ThreadPool& pool, double a, const Tensor& values, const Tensor& df);
void multiply(ThreadPool& pool, double a, const Tensor& x, const Tensor& y, const Tensor& z,
              bool accumulate, ProductMemory& memory);
void divide_by_norm(ThreadPool& pool, const Tensor& x, double squares, const Tensor& y);
/// Returns what `value` grows by.
double bures_distance(ThreadPool& pool, double c, const Tensor& s, double squares, double product,
                      const Tensor& x, const Tensor& y, const Tensor& d, const Tensor& dc);

}  // namespace impasto::cpu
