// PNG with its chunks of colour, text and EXIF.
#include "fuzz/picture.hpp"
#include "fuzz/target.hpp"

IMPASTO_FUZZ_TARGET(png) {
  impasto::fuzz::decode_small(
      bytes, [](impasto::PictureFormat format) { return format == impasto::PictureFormat::kPng; });
}
