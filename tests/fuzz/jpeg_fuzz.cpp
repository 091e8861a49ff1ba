// JPEG with EXIF, XMP, ICC profile and Adobe's marker.
#include "fuzz/picture.hpp"
#include "fuzz/target.hpp"

IMPASTO_FUZZ_TARGET(jpeg) {
  impasto::fuzz::decode_small(
      bytes, [](impasto::PictureFormat format) { return format == impasto::PictureFormat::kJpeg; });
}
