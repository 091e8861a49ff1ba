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

/// Bytes rounded up to a place where the next tensor may begin.
constexpr std::size_t aligned_bytes(std::size_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

/// Bytes of so many elements, rounded up likewise.
constexpr std::size_t storage_bytes(std::int64_t elements, ElementType type) {
  return aligned_bytes(static_cast<std::size_t>(elements) * size_of(type));
}

/// How a tensor lies in memory: pictures, matrices and vectors plainly (row-major, CHW), feature
/// maps and their gradients as the backend likes best.
enum class Layout : std::uint8_t { kPlain, kFeature, kDFeature };

/// What feature maps and their gradients take in memory.
struct FeatureStorage {
  std::size_t element_bytes = 4;
  std::int64_t channel_multiple = 1;  ///< channels are padded to a multiple of this, with zeros
  /// Whether the mask of a ReLU's gradient is best applied by what writes that gradient, instead of
  /// by the convolution that it belongs to, which reads it. At a tap that is a convolution which
  /// adds the losses' gradient first.
  bool masks_when_written = false;
  /// Whether the first convolution's data gradient can be written as a picture's.
  bool gradients_reach_pictures = false;

  [[nodiscard]] std::int64_t stored_channels(std::int64_t channels) const {
    return (channels + channel_multiple - 1) / channel_multiple * channel_multiple;
  }
  /// Rounded up to a place where the next tensor may begin.
  [[nodiscard]] std::size_t bytes(const Shape& shape) const {
    return aligned_bytes(
        static_cast<std::size_t>(stored_channels(shape.channels) * shape.positions()) *
        element_bytes);
  }
};

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
