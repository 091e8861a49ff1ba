// A tensor that owns its memory.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"

namespace impasto {

class OwnedTensor {
 public:
  /// Zero-filled, in the backend's type for this layout.
  OwnedTensor(Backend& backend, const Shape& shape, Layout layout)
      : tensor_{nullptr, shape, backend.element_type(layout), layout},
        memory_(backend.allocate(backend.bytes_of(shape, layout))) {
    tensor_.data = memory_->data();
  }
  /// With these values, given row-major (CHW).
  OwnedTensor(Backend& backend, const Shape& shape, Layout layout,
              const std::vector<double>& values)
      : OwnedTensor(backend, shape, layout) {
    backend.upload(std::span(values), tensor_);
  }
  OwnedTensor(Backend& backend, const Shape& shape, Layout layout, std::span<const float> values)
      : OwnedTensor(backend, shape, layout) {
    backend.upload(values, tensor_);
  }

  [[nodiscard]] const Tensor& get() const { return tensor_; }

  /// The values, row-major (CHW), as double or float. Waits.
  template <typename Value = double>
  [[nodiscard]] std::vector<Value> download(Backend& backend) const {
    std::vector<Value> values(static_cast<std::size_t>(tensor_.elements()));
    backend.download(tensor_, std::span<Value>(values));
    return values;
  }

 private:
  Tensor tensor_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace impasto
