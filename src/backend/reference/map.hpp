// Plain row-major access to a tensor of T: x(c, i, j) in CHW order.
#pragma once

#include <cstddef>

#include "core/tensor.hpp"

namespace impasto::reference {

template <typename T>
struct Map {
  T* data;
  Shape shape;

  explicit Map(const Tensor& tensor) : data(static_cast<T*>(tensor.data)), shape(tensor.shape) {}

  T& operator()(std::int64_t c, std::int64_t i, std::int64_t j) const {
    return data[(c * shape.height + i) * shape.width + j];
  }
  /// Element n of the flattened tensor.
  T& operator[](std::int64_t n) const { return data[n]; }
  [[nodiscard]] bool contains(std::int64_t i, std::int64_t j) const {
    return i >= 0 && i < shape.height && j >= 0 && j < shape.width;
  }
};

}  // namespace impasto::reference
