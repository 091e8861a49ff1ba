// A short text inside a PNG or JPEG file that no viewer shows as part of the picture.
#pragma once

#include <optional>
#include <string>

namespace impasto {

/// `picture` (a whole PNG or JPEG file) with `note` in it: in a PNG a tEXt chunk "Software" behind
/// the header (PNG specification, 11.3.4.3), in a JPEG a comment segment behind SOI and APP0 (ITU-T
/// T.81, B.2.4.5). `note` is ASCII, 1 to 1000 bytes.
std::string with_note(const std::string& picture, const std::string& note);

struct NotedPicture {
  std::string note;
  std::string picture;  ///< the file as it is without the note
};

/// Undoes with_note. Nothing where the file has no note at that place.
std::optional<NotedPicture> take_note(const std::string& file);

}  // namespace impasto
