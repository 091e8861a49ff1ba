// The memory of L-BFGS: the last pairs s = x₊ − x, y = g₊ − g, and the direction they give.
//
// The direction is a sum of multiples of g and of the vectors s and y, and the two-loop recursion
// needs nothing of these vectors but their dot products. So it runs on the host, on numbers (Chen,
// Wang & Zhou 2014, "Large-scale L-BFGS using MapReduce"). For every new point the device makes the
// products of all vectors with its g and y at once, and then the one sum that is d.
#pragma once

#include <cstddef>
#include <span>
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

  /// Appends the vectors whose products keep() wants: g, the next pair, and the kept ones, newest
  /// first.
  void list_vectors(const Tensor& g, std::vector<Tensor>& list) const;
  /// As many as list_vectors may ever append.
  [[nodiscard]] std::size_t most_vectors() const { return 1 + 2 * slots_; }

  /// Goes on to a point with gradient g. `products`: for each of list_vectors, its dot product with
  /// g and with next_y(), as they are then. keep() remembers the next pair, which leads to that
  /// point, if its curvature yᵀs exceeds `least`; meet() does not.
  void keep(std::span<const double> products, double least);
  void meet(std::span<const double> products);

  /// d = −H g at that point by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4) with
  /// H₀ = yᵀs / yᵀy of the newest pair; d = −g without pairs. Returns gᵀd. Does not wait.
  double direction(const Tensor& g, const Tensor& d);

  /// The kept pairs s, y, s, y, …, oldest first.
  [[nodiscard]] std::vector<std::vector<float>> pairs() const;

 private:
  /// Slot of the pair that is `age` steps old.
  [[nodiscard]] std::size_t slot(std::size_t age) const {
    return (next_ + slots_ - 1 - age) % slots_;
  }
  // Products of kept pairs, by age.
  [[nodiscard]] double sg(std::size_t age) const { return sg_[slot(age)]; }
  [[nodiscard]] double yg(std::size_t age) const { return yg_[slot(age)]; }
  [[nodiscard]] double sy(std::size_t s_age, std::size_t y_age) const {
    return sy_[slot(s_age) * slots_ + slot(y_age)];
  }
  [[nodiscard]] double yy(std::size_t age, std::size_t other) const {
    return yy_[slot(age) * slots_ + slot(other)];
  }

  /// Finds the multiples of the s and y that make −H g.
  void recur();

  Backend& backend_;
  std::size_t capacity_;
  std::size_t slots_;  // one more than is kept: the pair being written must not harm the oldest
  Vectors vectors_;
  std::size_t next_ = 0;
  std::size_t count_ = 0;

  double gg_ = 0;
  std::vector<double> sg_, yg_;  // by slot
  std::vector<double> sy_, yy_;  // by two slots; sᵀy where y is not older than s
  double gamma_ = 1;             // H₀
  std::vector<double> alpha_;    // of the first loop, by age
  std::vector<double> rest_;     // α − β, by age
  std::vector<Tensor> list_;     // of direction: vectors and their multiples
  std::vector<double> multiples_;
};

}  // namespace impasto
