// What L-BFGS asks of every evaluation, all at once: of its gradient, along the direction d, and of
// the pair (s, y) that would lead there from the current point.
#pragma once

#include <span>
#include <vector>

#include "optim/lbfgs_history.hpp"
#include "optim/optimizer.hpp"
#include "optim/vectors.hpp"

namespace impasto {

/// The answers for a point where the gradient is g.
class PointFacts {
 public:
  explicit PointFacts(std::size_t most_products) : values_(kProducts + most_products) {}

  /// Σ |g|
  [[nodiscard]] double absolute_sum() const { return values_[kAbsoluteSum]; }
  /// max |d|
  [[nodiscard]] double longest() const { return values_[kLongest]; }
  /// gᵀd
  [[nodiscard]] double slope() const { return values_[kSlope]; }
  /// For LbfgsHistory::keep and meet.
  [[nodiscard]] std::span<const double> products() const {
    return std::span(values_).subspan(kProducts);
  }

 private:
  friend class LbfgsQuestions;
  static constexpr std::size_t kAbsoluteSum = 0;
  static constexpr std::size_t kLongest = 1;
  static constexpr std::size_t kSlope = 2;  // behind it: dᵀy, which nobody wants
  static constexpr std::size_t kProducts = 4;

  std::vector<double> values_;
};

class LbfgsQuestions final : public Questions {
 public:
  /// The current point, its gradient and the direction are vectors that stay where they are. All
  /// arguments outlive this.
  LbfgsQuestions(Backend& backend, const LbfgsHistory& history, const Tensor& point,
                 const Tensor& gradient, const Tensor& d);

  /// Also writes the pair that leads from the current point to x as the history's next.
  void ask(const Tensor& x, const Tensor& dx) override;
  ScalarRange answers() override;
  /// The answers once they are on the host; valid until the next.
  [[nodiscard]] const PointFacts& facts() const { return facts_; }

  /// To be called when d has changed.
  void measure_direction();
  /// Whether the last evaluation asked about had this gradient: then its pair is the history's
  /// next.
  [[nodiscard]] bool are_about(const Tensor& g) const { return asked_about_ == g.data; }
  /// Writes the pair that leads from the current point to x, where the gradient is g, as the
  /// history's next.
  void propose(const Tensor& x, const Tensor& g);
  /// Asks the same of a gradient g without an evaluation, with the next pair as it is. Waits.
  const PointFacts& answer_now(const Tensor& g);
  [[nodiscard]] std::size_t most_products() const { return 2 * history_.most_vectors(); }

 private:
  void enqueue(const Tensor& g);
  [[nodiscard]] Scalar answer(std::size_t n) const {
    return {reinterpret_cast<double*>(memory_->data()) + n};
  }

  Backend& backend_;
  const LbfgsHistory& history_;
  Tensor point_;
  Tensor gradient_;
  Tensor d_;
  PointFacts facts_;
  std::size_t asked_ = 0;  // answers to read
  const void* asked_about_ = nullptr;
  std::unique_ptr<Memory> memory_;
  std::vector<Tensor> list_;
};

}  // namespace impasto
