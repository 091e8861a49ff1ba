#include "transfer/start_image.hpp"

#include <algorithm>
#include <string>

#include "core/random.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

Image noise(const PixelSize& size, double std, std::uint64_t seed) {
  Image image(size.width, size.height);
  Random random(seed);
  for (float& value : image.rgb) {
    value = static_cast<float>(std * random.normal());
  }
  return image;
}

Image read_init(const std::string& path, const PixelSize& output) {
  Image image = load_image(path);
  if (image.width != output.width || image.height != output.height) {
    throw InputError("the initial image has " + std::to_string(image.width) + " x " +
                         std::to_string(image.height) + " pixels, the output " +
                         std::to_string(output.width) + " x " + std::to_string(output.height),
                     path, "resize it, or choose a --size that fits");
  }
  return image;
}

}  // namespace

Image start_image(const TransferOptions& options, const Image& content, const Image& style,
                  const Normalisation& normalisation, const PixelSize& size,
                  const PixelSize& output) {
  const auto resized = [&](const Image& image) {
    return normalise(resize(image, size.width, size.height), normalisation);
  };
  switch (options.init) {
    case InitialImage::kContent:
      return resized(content);
    case InitialImage::kStyle:
      return resized(style);
    case InitialImage::kFile:
      return resized(read_init(options.init_path, output));
    case InitialImage::kNoise:
      return noise(size, options.noise_std, options.seed);
    case InitialImage::kGray: {
      Image image(size.width, size.height);
      std::fill(image.rgb.begin(), image.rgb.end(), 0.5F);
      return normalise(image, normalisation);
    }
  }
  return {};
}

}  // namespace impasto
