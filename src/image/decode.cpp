// From a file's bytes to an Image: the format's decoder, then colours, alpha and orientation are
// put right.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/files.hpp"
#include "core/shortage.hpp"
#include "image/bytes.hpp"
#include "image/colour_profile.hpp"
#include "image/decoders.hpp"
#include "image/facts.hpp"
#include "image/header.hpp"
#include "image/metadata.hpp"
#include "image/orientation.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"

namespace impasto {

namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 30;

DecodedPicture decode(std::string_view bytes, PictureFormat format, const std::string& path) {
  switch (format) {
    case PictureFormat::kJpeg:
      return {decode_jpeg(bytes, path), read_metadata(bytes, format)};
    case PictureFormat::kPng:
      return {decode_png(bytes, path), read_metadata(bytes, format)};
    case PictureFormat::kWebp:
      return decode_webp(bytes, path);
    case PictureFormat::kTiff:
      return decode_tiff(bytes, path);
    case PictureFormat::kHeif:
      return decode_heif(bytes, path);
    default:
      return {decode_with_stb(bytes, format, path), read_metadata(bytes, format)};
  }
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

Orientation find_orientation(std::string_view bytes, PictureFormat format,
                             const Metadata& metadata) {
  if (format == PictureFormat::kTga) {
    const bool right_to_left = (byte_at(bytes, 17) & 0x10U) != 0;
    return right_to_left ? Orientation::kMirrored : Orientation::kUpright;
  }
  return read_orientation(metadata);
}

/// The bytes without the line ends or the byte order mark that a badly made download begins with.
std::string_view without_blank_start(std::string_view bytes) {
  const auto first = bytes.substr(0, 64).find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const auto rest = bytes.substr(first == std::string_view::npos ? 0 : first);
  return rest.starts_with("\xff\xd8\xff") || rest.starts_with("\x89PNG") ? rest : bytes;
}

Image finish_picture(DecodedPicture decoded, std::string_view bytes, PictureFormat format,
                     const std::string& path) {
  Image image = to_srgb(std::move(decoded.stored), decoded.metadata);
  drop_unused_alpha(image, format);
  composite_over_white(image);
  image = turn_upright(std::move(image), find_orientation(bytes, format, decoded.metadata));
  image.name = path;
  return image;
}

}  // namespace

void throw_cut_off(const std::string& path, std::int64_t done, std::int64_t lines) {
  const std::string place =
      done < 0 ? std::string()
               : " after line " + std::to_string(done) + " of " + std::to_string(lines);
  throw InputError("the picture is cut off" + place, path, "copy or download the file again");
}

void throw_no_memory(const std::string& path) {
  throw MemoryError("not enough memory to decode the picture", path,
                    "name a smaller one, or raise the limit (ulimit -v)");
}

void throw_if_short_of_memory(const std::string& path) {
  constexpr std::size_t kModest = std::size_t{64} << 20U;
  if (!is_memory_left(kModest)) {
    throw_no_memory(path);
  }
}

Image decode_picture(std::string_view file, const std::string& path) {
  const std::string_view bytes = without_blank_start(file);
  const PictureFormat format = read_header(bytes, path).format;
  return finish_picture(decode(bytes, format, path), bytes, format, path);
}

InspectedPicture inspect_image(const std::string& path) {
  const std::string file = read_file(path, kFileLimit);
  const std::string_view bytes = without_blank_start(file);
  PictureFacts facts;
  facts.format = read_header(bytes, path).format;
  DecodedPicture decoded = decode(bytes, facts.format, path);
  facts.model = decoded.stored.model;
  facts.orientation = find_orientation(bytes, facts.format, decoded.metadata);
  facts.profile = describe_profile(decoded.metadata, facts.model);
  return {finish_picture(std::move(decoded), bytes, facts.format, path), facts};
}

Image load_image(const std::string& path) {
  return decode_picture(read_file(path, kFileLimit), path);
}

}  // namespace impasto
