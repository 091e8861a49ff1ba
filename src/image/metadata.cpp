#include "image/metadata.hpp"

#include <zlib.h>

#include <algorithm>
#include <map>

#include "image/bytes.hpp"
#include "image/containers.hpp"

namespace impasto {

namespace {

constexpr std::string_view kExifStart("Exif\0\0", 6);
constexpr std::string_view kIccStart("ICC_PROFILE\0", 12);
constexpr std::string_view kXmpStart("http://ns.adobe.com/xap/1.0/\0", 29);
constexpr std::size_t kMetadataLimit = std::size_t{1} << 25;  // more is not for pictures

std::string inflate_all(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) {
    return {};
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string result;
  int status = Z_OK;
  while (status == Z_OK && result.size() < kMetadataLimit) {
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
class ProfilePieces {
 public:
  void add(std::string_view contents) {
    if (contents.size() > 14 && contents.starts_with(kIccStart)) {
      pieces_[byte_at(contents, 12)] = contents.substr(14);
      expected_ = byte_at(contents, 13);
    }
  }
  [[nodiscard]] std::string joined() const {
    if (pieces_.empty() || pieces_.size() != expected_ || pieces_.begin()->first != 1 ||
        pieces_.rbegin()->first != expected_) {
      return {};
    }
    std::string profile;
    for (const auto& [number, piece] : pieces_) {
      profile += piece;
    }
    return profile;
  }

 private:
  std::map<std::uint32_t, std::string_view> pieces_;
  std::size_t expected_ = 0;
};

Metadata jpeg_metadata(std::string_view jpeg) {
  Metadata metadata;
  ProfilePieces profile;
  for_each_segment(jpeg, [&](std::uint32_t marker, std::string_view contents) {
    if (marker == 0xE1 && contents.starts_with(kExifStart) && metadata.exif.empty()) {
      metadata.exif = contents;
    } else if (marker == 0xE1 && contents.starts_with(kXmpStart) && metadata.xmp.empty()) {
      metadata.xmp = contents.substr(kXmpStart.size());
    } else if (marker == 0xE2) {
      profile.add(contents);
    }
  });
  metadata.icc = profile.joined();
  return metadata;
}

/// What precedes the next zero byte, which is taken off `rest` with it.
std::string_view take_word(std::string_view& rest) {
  const auto end = std::min(rest.find('\0'), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

struct PngText {
  std::string_view keyword;
  std::string text;
};

/// tEXt: keyword, 0, text. zTXt: keyword, 0, method, compressed text. iTXt: keyword, 0, whether
/// compressed, method, language, 0, translated keyword, 0, text. (PNG specification, 11.3.4.)
PngText read_text_chunk(std::string_view type, std::string_view contents) {
  PngText result;
  result.keyword = take_word(contents);
  bool compressed = type == "zTXt";
  if (type != "tEXt" && !contents.empty()) {
    compressed = compressed || contents.front() != '\0';
    contents.remove_prefix(std::min<std::size_t>(type == "iTXt" ? 2 : 1, contents.size()));
  }
  if (type == "iTXt") {
    take_word(contents);
    take_word(contents);
  }
  result.text = compressed ? inflate_all(contents) : std::string(contents);
  return result;
}

/// The bytes in ImageMagick's "Raw profile type" texts: a name, their number, then hexadecimal
/// digits, all between white space.
std::string raw_profile(const std::string& text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::size_t at = text.find_first_not_of(kSpace);
  for (int word = 0; word < 2; ++word) {  // the name and the number
    at = text.find_first_of(kSpace, std::min(at, text.size()));
    at = text.find_first_not_of(kSpace, std::min(at, text.size()));
  }
  std::string bytes;
  unsigned digits = 1;  // a sentinel before the digits of the byte that is being read
  for (; at < text.size(); ++at) {
    constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
    const auto digit = kDigits.find(text[at]);
    if (digit != std::string_view::npos) {
      digits = digits << 4U | static_cast<unsigned>(digit < 16 ? digit : digit - 6);
    }
    if (digits >= 0x100) {
      bytes.push_back(static_cast<char>(digits & 0xFFU));
      digits = 1;
    }
  }
  return bytes;
}

/// EXIF as JPEG has it, whether `block` came with its mark or without.
std::string with_exif_start(std::string_view block) {
  return block.starts_with(kExifStart) ? std::string(block) : std::string(kExifStart).append(block);
}

void note_text(const PngText& text, Metadata& metadata) {
  std::string block;
  if (text.keyword == "XML:com.adobe.xmp") {
    block = text.text;
  } else if (text.keyword == "Raw profile type exif" || text.keyword == "Raw profile type APP1" ||
             text.keyword == "Raw profile type xmp") {
    block = raw_profile(text.text);
  }
  if (block.starts_with(kXmpStart)) {
    block.erase(0, kXmpStart.size());
  }
  const bool exif =
      block.starts_with(kExifStart) || block.starts_with("II*") || block.starts_with("MM");
  std::string& place = exif ? metadata.exif : metadata.xmp;
  if (place.empty() && !block.empty()) {
    place = exif ? with_exif_start(block) : block;
  }
}

std::string unpack_profile(std::string_view chunk) {
  take_word(chunk);  // its name
  return chunk.empty() ? std::string() : inflate_all(chunk.substr(1));
}

/// Numbers of gAMA and cHRM are stored times 100000.
double fixed_point(std::string_view chunk, std::size_t index) {
  return big32(chunk, 4 * index) / 100000.0;
}

Metadata png_metadata(std::string_view png) {
  Metadata metadata;
  PlainColours plain;
  bool told = false;
  bool srgb = false;
  for_each_chunk(png, [&](std::string_view type, std::string_view contents) {
    if (type == "eXIf") {
      metadata.exif = with_exif_start(contents);  // before any text: it is the standard's own
    } else if (type == "tEXt" || type == "zTXt" || type == "iTXt") {
      note_text(read_text_chunk(type, contents), metadata);
    } else if (type == "iCCP") {
      metadata.icc = unpack_profile(contents);
    } else if (type == "sRGB") {
      srgb = true;
    } else if (type == "gAMA" && contents.size() == 4) {
      plain.gamma = fixed_point(contents, 0);
      told = true;
    } else if (type == "cHRM" && contents.size() == 32) {
      for (std::size_t index = 0; index < 8; ++index) {
        plain.chromaticities.at(index) = fixed_point(contents, index);
      }
      told = true;
    }
  });
  if (told && !srgb && metadata.icc.empty()) {
    metadata.colours = plain;
  }
  return metadata;
}

/// Only the fifth version of the header, 124 bytes, can carry a profile.
Metadata bmp_metadata(std::string_view bmp) {
  constexpr std::uint32_t kEmbedded = 0x4D424544;  // "MBED", read as a little-endian number
  Metadata metadata;
  if (bmp.size() >= 14 + 124 && little32(bmp, 14) == 124 && little32(bmp, 14 + 56) == kEmbedded) {
    const std::size_t start = 14 + std::size_t{little32(bmp, 14 + 112)};
    const std::size_t size = little32(bmp, 14 + 116);
    if (start + size <= bmp.size()) {
      metadata.icc = bmp.substr(start, size);
    }
  }
  return metadata;
}

}  // namespace

Metadata read_metadata(std::string_view bytes, PictureFormat format) {
  switch (format) {
    case PictureFormat::kJpeg:
      return jpeg_metadata(bytes);
    case PictureFormat::kPng:
      return png_metadata(bytes);
    case PictureFormat::kBmp:
      return bmp_metadata(bytes);
    default:
      return {};
  }
}

}  // namespace impasto
