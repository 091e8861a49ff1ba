// Every differentiable operation as a function of one array, for checking its gradient on any
// backend.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gradcheck/host_tensor.hpp"

namespace impasto {

/// A scalar function of x, evaluated by a backend's own operations. For an operation y = op(x) it
/// is ⟨u, op(x)⟩ with a random output gradient u, so that its gradient is the operation's backward
/// pass applied to u.
struct DifferentiableOperation {
  std::string key;   ///< "conv": short, and shared by an operation's forms
  std::string name;  ///< "convolution, reflect padding"
  Shape shape;       ///< of x
  HostValues x;      ///< where the gradient is checked, away from kinks
  /// Unit vectors along which the gradient is checked; none: every element of x by itself.
  std::vector<HostValues> directions;
  std::function<double(Backend&, const HostValues&)> value;
  std::function<HostValues(Backend&, const HostValues&)> gradient;
};

/// All operations of the backend interface and all losses at one size. `channels` ≥ 1; height and
/// width ≥ 2 (pooling and reflect padding need them).
std::vector<DifferentiableOperation> differentiable_operations(const Shape& shape,
                                                               std::uint64_t seed);

}  // namespace impasto
