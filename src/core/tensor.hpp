// Non-owning views of memory that belongs to a backend.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/shape.hpp"

namespace impasto {

enum class ElementType : std::uint8_t { kFloat32, kFloat64, kFloat16, kBfloat16 };

constexpr std::size_t size_of(ElementType type) {
  switch (type) {
    case ElementType::kFloat64:
      return 8;
    case ElementType::kFloat32:
      return 4;
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
      return 2;
  }
  return 0;
}

/// Tensors that share a block of memory begin at multiples of this.
constexpr std::size_t kTensorAlignment = 256;

/// Bytes of so many elements, rounded up to a place where the next tensor may begin.
constexpr std::size_t storage_bytes(std::int64_t elements, ElementType type) {
  const std::size_t bytes = static_cast<std::size_t>(elements) * size_of(type);
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

/// How a tensor lies in memory: pictures, matrices and vectors plainly (row-major, CHW), feature
/// maps as the backend likes best.
enum class Layout : std::uint8_t { kPlain, kFeature };

/// A view of a feature map, picture, matrix or vector in backend memory.
struct Tensor {
  void* data = nullptr;
  Shape shape;
  ElementType type = ElementType::kFloat32;
  Layout layout = Layout::kPlain;

  [[nodiscard]] std::int64_t elements() const { return shape.elements(); }
};

/// One double in backend memory: where a reduction leaves its result.
struct Scalar {
  double* data = nullptr;
};

}  // namespace impasto
