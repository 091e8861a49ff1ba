#include "image/header.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "core/file_signature.hpp"
#include "image/bytes.hpp"
#include "image/containers.hpp"
#include "image/decoders.hpp"
#include "impasto/error.hpp"

namespace impasto {

namespace {

constexpr const char* kReadFormats =
    "PNG, JPEG, WebP, TIFF, HEIC, AVIF, BMP, TGA, PGM or PPM picture";

void require_bytes(std::string_view bytes, std::size_t count, const std::string& path) {
  if (bytes.size() < count) {
    throw_cut_off(path);
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
  if (bytes.empty()) {
    return std::nullopt;
  }
  if (begins_with("\x89PNG\r\n\x1a\n")) {
    return PictureFormat::kPng;
  }
  if (begins_with("\xff\xd8\xff")) {
    return PictureFormat::kJpeg;
  }
  if (begins_with("BM")) {
    return PictureFormat::kBmp;
  }
  const auto file = recognise(bytes);
  const std::string_view name = file ? file->name : "";
  if (bytes.starts_with("P5") || bytes.starts_with("P6")) {
    return name.starts_with("a Netpbm") ? std::optional(PictureFormat::kPnm) : std::nullopt;
  }
  if (name == "a WebP picture") {
    return PictureFormat::kWebp;
  }
  if (name == "a TIFF picture") {
    return PictureFormat::kTiff;
  }
  if (name == "a HEIC picture" || name == "an AVIF picture") {
    return PictureFormat::kHeif;
  }
  // A TGA has no signature: only what has none can be one.
  return !file && looks_like_tga(bytes) ? std::optional(PictureFormat::kTga) : std::nullopt;
}

/// The error of a file that no decoder takes: what it is, as far as its first bytes tell.
[[noreturn]] void throw_unread(std::string_view bytes, const std::string& path) {
  const auto file = recognise(bytes);
  if (!file) {
    throw InputError("not a picture of any known kind", path,
                     std::string("name a ") + kReadFormats);
  }
  const std::string name(file->name);
  throw InputError("this is " + name +
                       (file->family == FileFamily::kPicture ? ", which impasto does not read"
                                                             : ", not a picture"),
                   path, std::string(file->remedy));
}

double pixels_of(const PictureHeader& header) {
  return static_cast<double>(header.width) * static_cast<double>(header.height);
}

PictureHeader read_png_header(std::string_view bytes, const std::string& path) {
  require_bytes(bytes, 33, path);
  if (bytes.substr(12, 4) == "CgBI") {
    throw InputError("this is an iPhone app's own kind of PNG (CgBI)", path,
                     "open it on a Mac and save it as PNG");
  }
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
  // Deflate makes data at most 1032 times smaller.
  header.least_bytes = pixels_of(header) * static_cast<double>(channels * depth) / (8.0 * 1032.0);
  return header;
}

/// What a frame header says, by its marker and its precision, that is not read; else nothing.
std::string unread_jpeg_kind(std::uint32_t marker, std::uint32_t precision) {
  if (marker == 0xF7) {
    return "a JPEG-LS picture";
  }
  if (marker == 0xC3 || marker == 0xCB) {
    return "a lossless JPEG";
  }
  if ((marker >= 0xC5 && marker <= 0xC7) || marker >= 0xCD) {
    return "a hierarchical JPEG";
  }
  return precision == 8 ? "" : "a JPEG of " + std::to_string(precision) + " bits per channel";
}

/// Whether the segment is a frame header: SOF0 to SOF15 without DHT, JPG and DAC, which stand among
/// them, or JPEG-LS' SOF55.
bool is_frame(std::uint32_t marker) {
  return (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) ||
         marker == 0xF7;
}

/// The largest share of all pixels that one component stores, from its sampling factors.
double largest_share(std::string_view frame) {
  std::uint32_t most_across = 1;
  std::uint32_t most_down = 1;
  std::uint32_t most = 1;
  for (std::size_t at = 6; at + 3 <= frame.size(); at += 3) {
    const auto across = byte_at(frame, at + 1) >> 4U;
    const auto down = byte_at(frame, at + 1) & 15U;
    most_across = std::max(most_across, across);
    most_down = std::max(most_down, down);
    most = std::max(most, across * down);
  }
  return static_cast<double>(most) / (most_across * most_down);
}

PictureHeader read_jpeg_header(std::string_view bytes, const std::string& path) {
  PictureHeader header;
  bool found = false;
  for_each_segment(bytes, [&](std::uint32_t marker, std::string_view frame) {
    if (found || !is_frame(marker) || frame.size() < 6) {
      return;
    }
    found = true;
    const std::string unread = unread_jpeg_kind(marker, byte_at(frame, 0));
    if (!unread.empty()) {
      throw InputError("this is " + unread + ", which impasto does not read", path,
                       "convert it to PNG, or to a JPEG of 8 bits");
    }
    header.height = big16(frame, 1);
    header.width = big16(frame, 3);
    const bool arithmetic = marker > 0xC8;
    // In Huffman's code every block of 8 x 8 values takes at least one bit.
    header.least_bytes = arithmetic ? 0 : pixels_of(header) * largest_share(frame) / 512;
  });
  if (!found) {
    throw InputError("the JPEG is cut off or damaged in its header", path,
                     "copy or download the file again");
  }
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

bool is_white_space(char letter) {
  return std::isspace(static_cast<unsigned char>(letter)) != 0;
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// PGM and PPM: after the signature width, height and the largest value, in decimal, between white
/// space and comments (from # to the end of a line, of either kind), then one white space and the
/// pixels.
PictureHeader read_pnm_header(std::string_view bytes, const std::string& path) {
  std::size_t at = 2;
  const auto next_number = [&] {
    while (at < bytes.size() && (is_white_space(bytes[at]) || bytes[at] == '#')) {
      at = bytes[at] == '#' ? std::min(bytes.find_first_of("\r\n", at), bytes.size()) : at + 1;
    }
    std::int64_t number = 0;
    for (; at < bytes.size() && is_digit(bytes[at]) && number < kPixelLimit; ++at) {
      number = 10 * number + (bytes[at] - '0');
    }
    return number;
  };
  PictureHeader header;
  header.width = next_number();
  header.height = next_number();
  const std::int64_t largest = next_number();
  require_bytes(bytes, at + 1, path);
  if (largest != 255) {
    throw InputError("this is a PGM or PPM picture whose largest value is " +
                         std::to_string(largest) + ", which impasto does not read",
                     path, "convert it to PNG");
  }
  header.least_bytes =
      static_cast<double>(at) + 1 + pixels_of(header) * (bytes[1] == '6' ? 3.0 : 1.0);
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
    case PictureFormat::kPnm:
      return read_pnm_header(bytes, path);
    default:
      return read_tga_header(bytes);
  }
}

}  // namespace

void require_possible_size(std::int64_t width, std::int64_t height, const std::string& path) {
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width < 1 || height < 1) {
    throw InputError("the picture has an impossible size, " + size, path,
                     "the file is damaged: copy or download it again");
  }
  if (width > kPixelLimit / height) {
    throw InputError("the picture is too large, " + size + " pixels", path,
                     "scale it down to at most 128 megapixels");
  }
}

std::string format_name(PictureFormat format) {
  switch (format) {
    case PictureFormat::kPng:
      return "PNG";
    case PictureFormat::kJpeg:
      return "JPEG";
    case PictureFormat::kBmp:
      return "BMP";
    case PictureFormat::kTga:
      return "TGA";
    case PictureFormat::kPnm:
      return "PGM or PPM";
    case PictureFormat::kWebp:
      return "WebP";
    case PictureFormat::kTiff:
      return "TIFF";
    default:
      return "HEIC or AVIF";
  }
}

PictureHeader read_header(std::string_view bytes, const std::string& path) {
  const auto format = sniff(bytes);
  if (!format) {
    throw_unread(bytes, path);
  }
  if (*format == PictureFormat::kWebp || *format == PictureFormat::kTiff ||
      *format == PictureFormat::kHeif) {
    return {*format};
  }
  PictureHeader header = read_fields(*format, bytes, path);
  header.format = *format;
  require_possible_size(header.width, header.height, path);
  if (header.least_bytes > static_cast<double>(bytes.size())) {
    throw_cut_off(path);
  }
  return header;
}

}  // namespace impasto
