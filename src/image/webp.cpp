// WebP by libwebp; of an animation the first frame.
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/shortage.hpp"
#include "image/bytes.hpp"
#include "image/decoders.hpp"
#include "impasto/error.hpp"

namespace impasto {

namespace {

struct AnimationRelease {
  void operator()(WebPAnimDecoder* decoder) const noexcept { WebPAnimDecoderDelete(decoder); }
};

const std::uint8_t* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

void require_ok(VP8StatusCode status, const std::string& path) {
  switch (status) {
    case VP8_STATUS_OK:
      return;
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      throw_cut_off(path);
    case VP8_STATUS_OUT_OF_MEMORY:
      throw_no_memory(path);
    default:
      throw_if_short_of_memory(path);
      throw InputError("the WebP is damaged", path,
                       "copy or download the file again, or save it as PNG");
  }
}

/// EXIF, XMP and the profile, each a chunk of the RIFF container.
Metadata webp_metadata(std::string_view bytes) {
  constexpr std::string_view kExifStart("Exif\0\0", 6);
  Metadata metadata;
  std::size_t at = 12;
  while (bytes.size() >= 8 && at <= bytes.size() - 8) {
    const std::size_t size = little32(bytes, at + 4);
    const auto type = bytes.substr(at, 4);
    const auto contents = bytes.substr(at + 8, size);
    if (type == "EXIF") {
      metadata.exif = contents.starts_with(kExifStart) ? std::string(contents)
                                                       : std::string(kExifStart).append(contents);
    } else if (type == "XMP ") {
      metadata.xmp = contents;
    } else if (type == "ICCP") {
      metadata.icc = contents;
    }
    at += 8 + size + size % 2;
  }
  return metadata;
}

std::vector<std::uint8_t> decode_still(std::string_view bytes,
                                       const WebPBitstreamFeatures& features,
                                       const std::string& path) {
  const std::size_t channels = features.has_alpha != 0 ? 4 : 3;
  const auto stride = static_cast<std::size_t>(features.width) * channels;
  std::vector<std::uint8_t> pixels(stride * static_cast<std::size_t>(features.height));
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  config.output.colorspace = features.has_alpha != 0 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {pixels.data(), static_cast<int>(stride), pixels.size()};
  require_ok(WebPDecode(unsigned_bytes(bytes), bytes.size(), &config), path);
  return pixels;
}

/// RGBA of the whole canvas.
std::vector<std::uint8_t> decode_first_frame(std::string_view bytes,
                                             const WebPBitstreamFeatures& features,
                                             const std::string& path) {
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  const WebPData data{unsigned_bytes(bytes), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, AnimationRelease> decoder(
      WebPAnimDecoderNew(&data, &options));
  std::uint8_t* canvas = nullptr;
  int milliseconds = 0;
  const auto size =
      static_cast<std::size_t>(features.width) * static_cast<std::size_t>(features.height) * 4;
  if (decoder == nullptr || WebPAnimDecoderGetNext(decoder.get(), &canvas, &milliseconds) == 0) {
    // Two canvases and the frame; libwebp does not say why it failed.
    if (!is_memory_left(3 * size)) {
      throw_no_memory(path);
    }
    throw InputError("the animated WebP is cut off or damaged", path,
                     "copy or download the file again, or save a frame of it as PNG");
  }
  return {canvas, canvas + size};
}

}  // namespace

DecodedPicture decode_webp(std::string_view bytes, const std::string& path) {
  WebPBitstreamFeatures features;
  require_ok(WebPGetFeatures(unsigned_bytes(bytes), bytes.size(), &features), path);
  require_possible_size(features.width, features.height, path);
  const bool animated = features.has_animation != 0;
  const bool alpha = animated || features.has_alpha != 0;
  const auto pixels =
      animated ? decode_first_frame(bytes, features, path) : decode_still(bytes, features, path);
  DecodedPicture decoded{StoredPicture(ColourModel::kRgb, alpha, features.width, features.height),
                         webp_metadata(bytes)};
  for (std::int64_t y = 0; y < features.height; ++y) {
    decoded.stored.set_row(y, pixels.data() + y * features.width * (alpha ? 4 : 3));
  }
  return decoded;
}

}  // namespace impasto
