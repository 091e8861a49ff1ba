#include "image/metadata.hpp"

#include <zlib.h>

#include <functional>
#include <map>

#include "image/bytes.hpp"

namespace impasto {

namespace {

constexpr std::string_view kExifStart("Exif\0\0", 6);
constexpr std::string_view kIccStart("ICC_PROFILE\0", 12);
constexpr std::size_t kProfileLimit = std::size_t{1} << 25;  // larger profiles are not for pictures

/// Gives each segment before the JPEG's pixels to `visit`: marker and contents.
void for_each_segment(std::string_view jpeg,
                      const std::function<void(std::uint32_t, std::string_view)>& visit) {
  std::size_t at = 2;
  while (at + 4 <= jpeg.size() && byte_at(jpeg, at) == 0xFF) {
    const auto marker = byte_at(jpeg, at + 1);
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    const std::size_t length = big16(jpeg, at + 2);
    const bool pixels_begin = marker == 0xDA || marker == 0xD9;
    if (pixels_begin || length < 2 || at + 2 + length > jpeg.size()) {
      return;
    }
    visit(marker, jpeg.substr(at + 4, length - 2));
    at += 2 + length;
  }
}

/// The contents of the PNG's first chunk of this type, or nothing.
std::string_view find_chunk(std::string_view png, std::string_view type) {
  std::size_t at = 8;
  while (at + 12 <= png.size()) {
    const std::size_t length = big32(png, at);
    if (length > png.size() - at - 12) {
      break;
    }
    if (png.substr(at + 4, 4) == type) {
      return png.substr(at + 8, length);
    }
    at += 12 + length;
  }
  return {};
}

std::string inflate_all(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) {
    return {};
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string result;
  int status = Z_OK;
  while (status == Z_OK && result.size() < kProfileLimit) {
    char block[16384];
    stream.next_out = reinterpret_cast<Bytef*>(block);
    stream.avail_out = sizeof block;
    status = inflate(&stream, Z_NO_FLUSH);
    result.append(block, sizeof block - stream.avail_out);
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END ? result : std::string();
}

/// A JPEG's profile comes in numbered pieces; it counts only when all of them are there.
std::string jpeg_profile(std::string_view jpeg) {
  std::map<std::uint32_t, std::string_view> pieces;
  std::size_t expected = 0;
  for_each_segment(jpeg, [&](std::uint32_t marker, std::string_view contents) {
    if (marker == 0xE2 && contents.size() > 14 && contents.starts_with(kIccStart)) {
      pieces[byte_at(contents, 12)] = contents.substr(14);
      expected = byte_at(contents, 13);
    }
  });
  if (pieces.empty() || pieces.size() != expected || pieces.begin()->first != 1 ||
      pieces.rbegin()->first != expected) {
    return {};
  }
  std::string profile;
  for (const auto& [number, piece] : pieces) {
    profile += piece;
  }
  return profile;
}

std::string png_profile(std::string_view png) {
  const auto chunk = find_chunk(png, "iCCP");  // name, 0, compression method, compressed profile
  const auto name_end = chunk.find('\0');
  return name_end == std::string_view::npos || name_end + 2 > chunk.size()
             ? std::string()
             : inflate_all(chunk.substr(name_end + 2));
}

/// Only the fifth version of the header, 124 bytes, can carry a profile.
std::string bmp_profile(std::string_view bmp) {
  constexpr std::uint32_t kEmbedded = 0x4D424544;  // "MBED", read as a little-endian number
  if (bmp.size() < 14 + 124 || little32(bmp, 14) != 124 || little32(bmp, 14 + 56) != kEmbedded) {
    return {};
  }
  const std::size_t start = 14 + std::size_t{little32(bmp, 14 + 112)};
  const std::size_t size = little32(bmp, 14 + 116);
  return start + size <= bmp.size() ? std::string(bmp.substr(start, size)) : std::string();
}

}  // namespace

std::string exif_block(std::string_view bytes, PictureFormat format) {
  std::string block;
  if (format == PictureFormat::kJpeg) {
    for_each_segment(bytes, [&](std::uint32_t marker, std::string_view contents) {
      if (marker == 0xE1 && contents.starts_with(kExifStart) && block.empty()) {
        block = contents;
      }
    });
  } else if (format == PictureFormat::kPng) {
    const auto chunk = find_chunk(bytes, "eXIf");
    if (!chunk.empty()) {
      block = std::string(kExifStart).append(chunk);
    }
  }
  return block;
}

std::string icc_profile(std::string_view bytes, PictureFormat format) {
  switch (format) {
    case PictureFormat::kJpeg:
      return jpeg_profile(bytes);
    case PictureFormat::kPng:
      return png_profile(bytes);
    case PictureFormat::kBmp:
      return bmp_profile(bytes);
    default:
      return {};
  }
}

}  // namespace impasto
