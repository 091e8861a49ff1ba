#include "image/note.hpp"

#include <zlib.h>

#include <string_view>

#include "image/bytes.hpp"

namespace impasto {
namespace {

using namespace std::string_literals;

const std::string png_signature = "\x89PNG\r\n\x1A\n"s;
constexpr std::size_t kPngHeaderEnd = 8 + 4 + 4 + 13 + 4;  ///< signature and IHDR chunk
constexpr std::size_t kChunkFrame = 4 + 4 + 4;             ///< length, type, checksum
const std::string png_start = "tEXtSoftware\0"s;
const std::string jpeg_start = "\xFF\xD8"s;
const std::string app0_marker = "\xFF\xE0"s;
const std::string comment_marker = "\xFF\xFE"s;
constexpr std::size_t kLongestNote = 1000;

std::string big_endian(std::size_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text += static_cast<char>(value >> static_cast<unsigned>(shift) & 255U);
  }
  return text;
}

bool stands_at(std::string_view file, std::size_t at, std::string_view part) {
  return file.size() >= at && file.substr(at).starts_with(part);
}

bool is_png(const std::string& file) {
  return stands_at(file, 0, png_signature) && file.size() >= kPngHeaderEnd;
}

/// Where a JPEG's comment stands: behind SOI and the JFIF segment, which must come first.
std::size_t jpeg_note_place(const std::string& file) {
  if (stands_at(file, 2, app0_marker) && file.size() >= 6) {
    return 4 + big16(file, 4);
  }
  return 2;
}

std::string png_chunk(const std::string& note) {
  const std::string body = png_start + note;
  const std::size_t checksum = crc32(0, reinterpret_cast<const unsigned char*>(body.data()),
                                     static_cast<unsigned>(body.size()));
  return big_endian(body.size() - 4, 4) + body + big_endian(checksum, 4);
}

}  // namespace

std::string with_note(const std::string& picture, const std::string& note) {
  std::string file = picture;
  if (is_png(picture)) {
    return file.insert(kPngHeaderEnd, png_chunk(note));
  }
  if (stands_at(picture, 0, jpeg_start)) {
    return file.insert(jpeg_note_place(picture),
                       comment_marker + big_endian(2 + note.size(), 2) + note);
  }
  return file;
}

std::optional<NotedPicture> take_note(const std::string& file) {
  std::size_t at = 0;
  std::size_t length = 0;  // of chunk or segment
  std::size_t frame = 0;   // what of it stands before the note
  if (is_png(file) && stands_at(file, kPngHeaderEnd + 4, png_start)) {
    at = kPngHeaderEnd;
    length = kChunkFrame + big32(file, at);
    frame = 4 + png_start.size();
  } else if (stands_at(file, 0, jpeg_start)) {
    at = jpeg_note_place(file);
    if (!stands_at(file, at, comment_marker) || file.size() < at + 4) {
      return std::nullopt;
    }
    length = 2 + big16(file, at + 2);
    frame = 4;
  }
  const std::size_t note = length - frame - (is_png(file) ? 4 : 0);
  if (length < frame || note > kLongestNote || file.size() < at + length) {
    return std::nullopt;
  }
  NotedPicture noted{file.substr(at + frame, note), file};
  noted.picture.erase(at, length);
  // Only what with_note writes: the same bytes come back.
  if (note == 0 || with_note(noted.picture, noted.note) != file) {
    return std::nullopt;
  }
  return noted;
}

}  // namespace impasto
