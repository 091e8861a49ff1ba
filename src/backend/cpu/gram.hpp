// Gram matrices and their gradients on the CPU. Formulas: src/backend/reference/.
#pragma once

#include <memory>

#include "backend/backend.hpp"
#include "core/thread_pool.hpp"

namespace impasto::cpu {

/// What the products need beside their arguments: grown by the first call at a size, then reused.
class ProductMemory {
 public:
  /// At least `count` floats, aligned; what they held before is lost when they grow.
  float* floats(std::int64_t count);

 private:
  std::unique_ptr<Memory> memory_;
};

/// The sums come out the same whatever the number of threads.
void gram(ThreadPool& pool, double c, const Tensor& f, const Tensor& g, ProductMemory& memory);
/// D need not be symmetric: Dᵀ F is what is meant then.
void dgram(ThreadPool& pool, double c, const Tensor& d, const Tensor& f, const Tensor& df,
           bool accumulate, ProductMemory& memory);

}  // namespace impasto::cpu
