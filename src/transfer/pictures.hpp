// Pictures between the host and a backend.
#pragma once

#include <span>

#include "backend/owned_tensor.hpp"
#include "impasto/image.hpp"

namespace impasto {

/// A black picture in backend memory.
inline OwnedTensor device_picture(Backend& backend, std::int64_t width, std::int64_t height) {
  return {backend, Shape{3, height, width}, Layout::kPlain};
}

/// The colours of `image` in backend memory.
inline OwnedTensor device_picture(Backend& backend, const Image& image) {
  return {backend, Shape{3, image.height, image.width}, Layout::kPlain, std::span(image.rgb)};
}

/// The colours of a picture tensor, without alpha.
inline Image download_image(Backend& backend, const Tensor& picture) {
  Image image(picture.shape.width, picture.shape.height);
  backend.download(picture, std::span<float>(image.rgb));
  return image;
}

}  // namespace impasto
