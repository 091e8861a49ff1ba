// HEIC and AVIF.
#include "fuzz/picture.hpp"
#include "fuzz/target.hpp"

IMPASTO_FUZZ_TARGET(heif) {
  impasto::fuzz::decode_small(
      bytes, [](impasto::PictureFormat format) { return format == impasto::PictureFormat::kHeif; });
}
