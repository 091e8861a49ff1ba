// From a file's bytes to an Image: stb_image decodes, then colours, alpha and orientation are put
// right.
#include <stb_image.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/files.hpp"
#include "image/bytes.hpp"
#include "image/colour_profile.hpp"
#include "image/header.hpp"
#include "image/metadata.hpp"
#include "image/orientation.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"

namespace impasto {

namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 30;

/// Hands the bytes to stb_image and notices when it asks for more than there are: stb would go on
/// with zeros.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool asked_beyond_end() const { return asked_beyond_end_; }

  static stbi_io_callbacks callbacks() { return {read, skip, at_end}; }

 private:
  // A refill that gets a few bytes is not yet a request beyond the end; one that gets none is.
  static int read(void* user, char* to, int size) {
    auto& reader = *static_cast<Reader*>(user);
    const auto part =
        reader.bytes_.substr(reader.position_).substr(0, static_cast<std::size_t>(size));
    std::memcpy(to, part.data(), part.size());
    reader.position_ += part.size();
    reader.asked_beyond_end_ |= part.empty();
    return static_cast<int>(part.size());
  }
  static void skip(void* user, int count) {
    auto& reader = *static_cast<Reader*>(user);
    const std::size_t left = reader.bytes_.size() - reader.position_;
    reader.position_ += std::min(left, static_cast<std::size_t>(std::max(count, 0)));
  }
  static int at_end(void* user) {
    const auto& reader = *static_cast<Reader*>(user);
    return reader.position_ >= reader.bytes_.size() ? 1 : 0;
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
  bool asked_beyond_end_ = false;
};

struct StbRelease {
  void operator()(void* pixels) const noexcept { stbi_image_free(pixels); }
};

/// Interleaved pixels of 1 (grey), 2 (grey, alpha), 3 or 4 channels, as the file stores them.
template <class Value>
struct Pixels {
  std::unique_ptr<Value[], StbRelease> values;
  int width = 0;
  int height = 0;
  int channels = 0;
};

template <class Value>
Pixels<Value> decode(std::string_view bytes, PictureFormat format, const std::string& path) {
  Pixels<Value> pixels;
  Reader reader(bytes);
  const stbi_io_callbacks callbacks = Reader::callbacks();
  if constexpr (std::is_same_v<Value, stbi_us>) {
    pixels.values.reset(stbi_load_16_from_callbacks(&callbacks, &reader, &pixels.width,
                                                    &pixels.height, &pixels.channels, 0));
  } else {
    pixels.values.reset(stbi_load_from_callbacks(&callbacks, &reader, &pixels.width, &pixels.height,
                                                 &pixels.channels, 0));
  }
  if (reader.asked_beyond_end()) {
    throw InputError("the picture is truncated", path, "copy or download the file again");
  }
  if (pixels.values == nullptr) {
    throw InputError("cannot decode this " + format_name(format) + ", " + stbi_failure_reason(),
                     path, "the file is damaged or of a rare kind: save it as PNG");
  }
  return pixels;
}

/// Planar floats in [0, 1]; grey fills all three planes. Alpha is kept even where it is 1.
template <class Value>
Image to_planes(const Pixels<Value>& pixels) {
  Image image(pixels.width, pixels.height);
  const auto plane = static_cast<std::size_t>(image.pixels());
  const auto channels = static_cast<std::size_t>(pixels.channels);
  const bool has_alpha = channels % 2 == 0;
  constexpr float kLargest = std::is_same_v<Value, stbi_us> ? 65535.0F : 255.0F;
  const auto copy_channel = [&](std::size_t channel, float* to) {
    for (std::size_t index = 0; index < plane; ++index) {
      to[index] = static_cast<float>(pixels.values[index * channels + channel]) / kLargest;
    }
  };
  for (std::size_t channel = 0; channel < 3; ++channel) {
    copy_channel(channels < 3 ? 0 : channel, image.rgb.data() + channel * plane);
  }
  if (has_alpha) {
    image.alpha.resize(plane);
    copy_channel(channels - 1, image.alpha.data());
  }
  return image;
}

/// Many programs write 32-bit TGAs whose alpha is 0 everywhere and means nothing.
void drop_unused_alpha(Image& image, PictureFormat format) {
  const auto everywhere = [&](float value) {
    return std::all_of(image.alpha.begin(), image.alpha.end(),
                       [value](float alpha) { return alpha == value; });
  };
  if (everywhere(1.0F) || (format == PictureFormat::kTga && everywhere(0.0F))) {
    image.alpha.clear();
  }
}

void composite_over_white(Image& image) {
  for (std::size_t index = 0; index < image.rgb.size() && !image.alpha.empty(); ++index) {
    const float alpha = image.alpha[index % image.alpha.size()];
    image.rgb[index] = alpha * image.rgb[index] + (1.0F - alpha);
  }
}

Orientation find_orientation(std::string_view bytes, PictureFormat format) {
  if (format == PictureFormat::kTga) {
    const bool right_to_left = (byte_at(bytes, 17) & 0x10U) != 0;
    return right_to_left ? Orientation::kMirrored : Orientation::kUpright;
  }
  return read_orientation(exif_block(bytes, format));
}

template <class Value>
Image decode_to_srgb(std::string_view bytes, PictureFormat format, const std::string& path) {
  const auto pixels = decode<Value>(bytes, format, path);
  Image image = to_planes(pixels);
  convert_to_srgb(image, icc_profile(bytes, format), pixels.channels < 3);
  return image;
}

}  // namespace

Image load_image(const std::string& path) {
  const std::string bytes = read_file(path, kFileLimit);
  const PictureHeader header = read_header(bytes, path);
  Image image = header.sixteen_bit ? decode_to_srgb<stbi_us>(bytes, header.format, path)
                                   : decode_to_srgb<stbi_uc>(bytes, header.format, path);
  drop_unused_alpha(image, header.format);
  composite_over_white(image);
  return turn_upright(std::move(image), find_orientation(bytes, header.format));
}

}  // namespace impasto
