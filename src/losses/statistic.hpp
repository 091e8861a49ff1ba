// What a loss at a tap is: a statistic S of a feature map, and a distance between it and a target,
// the same statistic of another picture's feature map. Each loss has a file of its own, with its
// formulas at the head.
#pragma once

#include <cstddef>

#include "backend/backend.hpp"

namespace impasto {

/// A tensor that is still to be made.
struct TensorForm {
  Shape shape;
  Layout layout = Layout::kPlain;
};

class Statistic {
 public:
  Statistic() = default;
  Statistic(const Statistic&) = delete;
  Statistic& operator=(const Statistic&) = delete;
  Statistic(Statistic&&) = delete;
  Statistic& operator=(Statistic&&) = delete;
  virtual ~Statistic() = default;

  /// Of S for a feature map of this shape.
  [[nodiscard]] virtual TensorForm form(const Shape& feature) const = 0;
  /// Of what `compare` wants beside, and overwrites. Taps take turns with it.
  [[nodiscard]] virtual TensorForm workspace(const Shape& feature) const = 0;
  /// Bytes that the backend allocates for `compare` by itself, and keeps.
  [[nodiscard]] virtual std::size_t scratch_bytes(const Backend& /*backend*/,
                                                  const Shape& /*feature*/) const {
    return 0;
  }

  /// statistic = S(feature).
  virtual void measure(Backend& backend, const Tensor& feature, const Tensor& statistic) const = 0;

  /// Called once for a target, after it was measured or blended from several: makes of it what
  /// `compare` wants. May allocate and wait.
  virtual void prepare(Backend& /*backend*/, const Tensor& /*target*/) const {}

  /// value = weight · distance(S(feature), target); dfeature = or += its gradient, skipped where
  /// dfeature is empty.
  virtual void compare(Backend& backend, double weight, const Tensor& feature, const Tensor& target,
                       const Tensor& workspace, Scalar value, const Tensor& dfeature,
                       bool accumulate) const = 0;
};

}  // namespace impasto
