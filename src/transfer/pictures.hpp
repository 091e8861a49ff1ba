// Pictures between the host and a backend.
#pragma once

#include <memory>

#include "backend/backend.hpp"
#include "impasto/image.hpp"

namespace impasto {

/// A picture tensor that owns its memory.
class DevicePicture {
 public:
  DevicePicture(Backend& backend, std::int64_t width, std::int64_t height)
      : shape_{3, height, width},
        type_(backend.pixel_type()),
        memory_(backend.allocate(static_cast<std::size_t>(shape_.elements()) * size_of(type_))) {}
  /// Uploads the colours of `image`.
  DevicePicture(Backend& backend, const Image& image)
      : DevicePicture(backend, image.width, image.height) {
    backend.upload(std::span<const float>(image.rgb), tensor());
  }

  [[nodiscard]] Tensor tensor() const { return {memory_->data(), shape_, type_, Layout::kPlain}; }

 private:
  Shape shape_;
  ElementType type_;
  std::unique_ptr<Memory> memory_;
};

/// The colours of a picture tensor, without alpha.
inline Image download_image(Backend& backend, const Tensor& picture) {
  Image image(picture.shape.width, picture.shape.height);
  backend.download(picture, std::span<float>(image.rgb));
  return image;
}

}  // namespace impasto
