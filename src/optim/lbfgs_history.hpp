// The memory of L-BFGS: the last pairs s = x₊ − x, y = g₊ − g, and the direction they give.
#pragma once

#include <cstddef>
#include <vector>

#include "optim/vectors.hpp"

namespace impasto {

class LbfgsHistory {
 public:
  LbfgsHistory(Backend& backend, const Shape& shape, std::size_t capacity);

  void clear() { count_ = 0; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

  /// Where to write the next pair before keep(): the place of the oldest one when the memory is
  /// full.
  [[nodiscard]] Tensor next_s() const { return vectors_[2 * next_]; }
  [[nodiscard]] Tensor next_y() const { return vectors_[2 * next_ + 1]; }
  /// Keeps the pair written to next_s() and next_y() if its curvature yᵀs exceeds `least`.
  void keep(double least);

  /// The kept pairs s, y, s, y, …, oldest first.
  [[nodiscard]] std::vector<std::vector<float>> pairs() const;
  /// Replaces what is kept. Throws InputError where the sizes differ.
  void restore(const std::vector<std::vector<float>>& pairs);

  /// d = −H g by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4) with H₀ = yᵀs / yᵀy
  /// of the newest pair; d = −g without pairs.
  void direction(const Tensor& g, const Tensor& d);

 private:
  /// Slot of the pair that is `age` steps old.
  [[nodiscard]] std::size_t slot(std::size_t age) const {
    return (next_ + slots_ - 1 - age) % slots_;
  }

  Backend& backend_;
  std::size_t capacity_;
  std::size_t slots_;  // one more than is kept: the pair being written must not harm the oldest
  Vectors vectors_;
  HostScalar scalar_;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::vector<double> rho_;    // 1 / yᵀs by slot
  std::vector<double> alpha_;  // of the first loop, by age
  double h0_ = 1;
};

}  // namespace impasto
