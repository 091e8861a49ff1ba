// The vectors that an optimiser works with, in one piece of backend memory.
#pragma once

#include <memory>
#include <vector>

#include "backend/backend.hpp"

namespace impasto {

/// `count` pictures of one shape, zero-filled.
class Vectors {
 public:
  Vectors(Backend& backend, const Shape& shape, std::size_t count)
      : type_(backend.pixel_type()),
        shape_(shape),
        stride_((static_cast<std::size_t>(shape.elements()) * size_of(type_) + 255) / 256 * 256),
        memory_(backend.allocate(stride_ * count)) {}

  Tensor operator[](std::size_t n) const {
    return {memory_->data() + n * stride_, shape_, type_, Layout::kPlain};
  }

 private:
  ElementType type_;
  Shape shape_;
  std::size_t stride_;
  std::unique_ptr<Memory> memory_;
};

/// One double in backend memory and on the host: reductions made readable.
class HostScalar {
 public:
  explicit HostScalar(Backend& backend)
      : backend_(backend), memory_(backend.allocate(sizeof(double))) {}

  double dot(const Tensor& x, const Tensor& y) {
    backend_.dot(x, y, slot());
    return read();
  }
  double absolute_sum(const Tensor& x) {
    backend_.absolute_sum(x, slot());
    return read();
  }
  double absolute_max(const Tensor& x) {
    backend_.absolute_max(x, slot());
    return read();
  }

 private:
  [[nodiscard]] Scalar slot() const { return {reinterpret_cast<double*>(memory_->data())}; }
  double read() {
    double value = 0;
    backend_.read_scalars(slot(), {&value, 1});
    return value;
  }

  Backend& backend_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace impasto
