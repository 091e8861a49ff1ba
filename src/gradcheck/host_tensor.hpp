// Arrays of doubles on the host, put into a backend for one operation.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "core/random.hpp"

namespace impasto {

using HostValues = std::vector<double>;

/// A tensor of a backend that owns its memory.
class OwnedTensor {
 public:
  /// Zero-filled, in the backend's type for this layout.
  OwnedTensor(Backend& backend, const Shape& shape, Layout layout)
      : tensor_{nullptr, shape,
                layout == Layout::kFeature ? backend.feature_type() : backend.pixel_type(), layout},
        memory_(
            backend.allocate(static_cast<std::size_t>(shape.elements()) * size_of(tensor_.type))) {
    tensor_.data = memory_->data();
  }
  OwnedTensor(Backend& backend, const Shape& shape, Layout layout, const HostValues& values)
      : OwnedTensor(backend, shape, layout) {
    backend.upload(std::span<const double>(values), tensor_);
  }

  [[nodiscard]] const Tensor& get() const { return tensor_; }
  [[nodiscard]] HostValues download(Backend& backend) const {
    HostValues values(static_cast<std::size_t>(tensor_.elements()));
    backend.download(tensor_, std::span<double>(values));
    return values;
  }

 private:
  Tensor tensor_;
  std::unique_ptr<Memory> memory_;
};

/// Standard normal values that keep `margin` away from zero, where ReLU has its kink.
inline HostValues random_values(Random& random, std::int64_t count, double margin = 0) {
  HostValues values(static_cast<std::size_t>(count));
  for (double& value : values) {
    const double drawn = random.normal();
    value = drawn + (drawn < 0 ? -margin : margin);
  }
  return values;
}

inline double inner_product(const HostValues& a, const HostValues& b) {
  double sum = 0;
  for (std::size_t n = 0; n < a.size(); ++n) {
    sum += a[n] * b[n];
  }
  return sum;
}

/// ‖a − b‖ / ‖b‖; ‖a‖ where b is zero.
double relative_error(const HostValues& a, const HostValues& b);

}  // namespace impasto
