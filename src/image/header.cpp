#include "image/header.hpp"

#include <stb_image.h>

#include <cmath>
#include <cstdlib>
#include <optional>

#include "image/bytes.hpp"
#include "impasto/error.hpp"

namespace impasto {

namespace {

[[noreturn]] void throw_truncated(const std::string& path) {
  throw InputError("the picture is truncated", path, "copy or download the file again");
}

void require_bytes(std::string_view bytes, std::size_t count, const std::string& path) {
  if (bytes.size() < count) {
    throw_truncated(path);
  }
}

/// TGA has no signature: its first fields must make sense together.
bool looks_like_tga(std::string_view bytes) {
  if (bytes.size() < 18) {
    return false;
  }
  const bool has_palette = byte_at(bytes, 1) == 1;
  const auto type = byte_at(bytes, 2);
  const auto depth = byte_at(bytes, 16);
  const bool known_depth =
      depth == 8 || (!has_palette && (depth == 15 || depth == 24 || depth == 32)) || depth == 16;
  const bool known_type =
      has_palette ? type == 1 || type == 9 : type == 2 || type == 3 || type == 10 || type == 11;
  return byte_at(bytes, 1) <= 1 && known_type && known_depth;
}

std::optional<PictureFormat> sniff(std::string_view bytes) {
  // Shorter than a signature, it may still be the beginning of one.
  const auto begins_with = [&](std::string_view signature) {
    return bytes.substr(0, signature.size()) == signature.substr(0, bytes.size());
  };
  if (begins_with("\x89PNG\r\n\x1a\n")) {
    return PictureFormat::kPng;
  }
  if (begins_with("\xff\xd8\xff")) {
    return PictureFormat::kJpeg;
  }
  if (begins_with("BM")) {
    return PictureFormat::kBmp;
  }
  return looks_like_tga(bytes) ? std::optional(PictureFormat::kTga) : std::nullopt;
}

double pixels_of(const PictureHeader& header) {
  return static_cast<double>(header.width) * static_cast<double>(header.height);
}

PictureHeader read_png_header(std::string_view bytes, const std::string& path) {
  require_bytes(bytes, 33, path);
  if (bytes.substr(12, 4) != "IHDR") {
    throw InputError("the PNG does not begin with its header", path, "save it as PNG again");
  }
  PictureHeader header;
  header.width = big32(bytes, 16);
  header.height = big32(bytes, 20);
  const std::int64_t depth = byte_at(bytes, 24);
  const auto colour_type = byte_at(bytes, 25);
  const std::int64_t colours = colour_type == 2 || colour_type == 6 ? 3 : 1;
  const std::int64_t channels = colours + (colour_type >= 4 ? 1 : 0);
  header.sixteen_bit = depth == 16;
  // Deflate makes data at most 1032 times smaller.
  header.least_bytes = pixels_of(header) * static_cast<double>(channels * depth) / (8.0 * 1032.0);
  return header;
}

PictureHeader read_jpeg_header(std::string_view bytes, const std::string& path) {
  int width = 0;
  int height = 0;
  int channels = 0;
  if (stbi_info_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()),
                            static_cast<int>(bytes.size()), &width, &height, &channels) == 0) {
    throw InputError("the JPEG is truncated or of an unsupported kind", path,
                     "copy the file again, or save it as PNG");
  }
  PictureHeader header;
  header.width = width;
  header.height = height;
  // Every block of 8 x 8 pixels takes at least one bit.
  header.least_bytes = pixels_of(header) / 512;
  return header;
}

PictureHeader read_bmp_header(std::string_view bytes, const std::string& path) {
  require_bytes(bytes, 26, path);
  const std::int64_t offset = little32(bytes, 10);
  const auto size = little32(bytes, 14);
  const bool old = size == 12;
  require_bytes(bytes, old ? 26 : 34, path);
  PictureHeader header;
  const auto height = static_cast<std::int32_t>(little32(bytes, 22));  // negative: top row first
  header.width = old ? little16(bytes, 18) : static_cast<std::int32_t>(little32(bytes, 18));
  header.height = old ? little16(bytes, 20) : std::abs(std::int64_t{height});
  const std::int64_t depth = old ? little16(bytes, 24) : little16(bytes, 28);
  const auto row_bytes = std::ceil(static_cast<double>(header.width * depth) / 8);
  const auto rows_before_last = static_cast<double>(header.height - 1);
  const bool compressed = !old && (little32(bytes, 30) == 1 || little32(bytes, 30) == 2);
  header.least_bytes = static_cast<double>(offset);
  if (!compressed) {  // rows are padded to four bytes, but nobody misses the last one's padding
    header.least_bytes += 4 * std::ceil(row_bytes / 4) * rows_before_last + row_bytes;
  }
  return header;
}

PictureHeader read_tga_header(std::string_view bytes) {
  PictureHeader header;
  header.width = little16(bytes, 12);
  header.height = little16(bytes, 14);
  const bool has_palette = byte_at(bytes, 1) == 1;
  const bool run_lengths = byte_at(bytes, 2) >= 8;
  const auto palette = has_palette ? little16(bytes, 5) * ((byte_at(bytes, 7) + 7) / 8) : 0;
  const auto pixel_bytes = std::ceil(byte_at(bytes, 16) / 8.0);
  const double data = run_lengths ? std::floor(pixels_of(header) / 128) * (1 + pixel_bytes)
                                  : pixels_of(header) * pixel_bytes;
  header.least_bytes = 18.0 + byte_at(bytes, 0) + palette + data;
  return header;
}

PictureHeader read_fields(PictureFormat format, std::string_view bytes, const std::string& path) {
  switch (format) {
    case PictureFormat::kPng:
      return read_png_header(bytes, path);
    case PictureFormat::kJpeg:
      return read_jpeg_header(bytes, path);
    case PictureFormat::kBmp:
      return read_bmp_header(bytes, path);
    default:
      return read_tga_header(bytes);
  }
}

void refuse_impossible_size(const PictureHeader& header, std::string_view bytes,
                            const std::string& path) {
  const std::string size = std::to_string(header.width) + " x " + std::to_string(header.height);
  if (header.width < 1 || header.height < 1) {
    throw InputError("the picture has an impossible size, " + size, path,
                     "the file is damaged: copy or download it again");
  }
  if (header.width > kPixelLimit / header.height) {
    throw InputError("the picture is too large, " + size + " pixels", path,
                     "scale it down to at most 128 megapixels");
  }
  if (header.least_bytes > static_cast<double>(bytes.size())) {
    throw_truncated(path);
  }
}

}  // namespace

std::string format_name(PictureFormat format) {
  switch (format) {
    case PictureFormat::kPng:
      return "PNG";
    case PictureFormat::kJpeg:
      return "JPEG";
    case PictureFormat::kBmp:
      return "BMP";
    default:
      return "TGA";
  }
}

PictureHeader read_header(std::string_view bytes, const std::string& path) {
  if (bytes.empty()) {
    throw InputError("the file is empty", path, "copy or download it again");
  }
  const auto format = sniff(bytes);
  if (!format) {
    throw InputError("not a PNG, JPEG, BMP or TGA picture", path,
                     "name a picture of one of these formats");
  }
  PictureHeader header = read_fields(*format, bytes, path);
  header.format = *format;
  refuse_impossible_size(header, bytes, path);
  return header;
}

}  // namespace impasto
