// WebP, still and animated, with profile and metadata.
#include "fuzz/picture.hpp"
#include "fuzz/target.hpp"

IMPASTO_FUZZ_TARGET(webp) {
  impasto::fuzz::decode_small(
      bytes, [](impasto::PictureFormat format) { return format == impasto::PictureFormat::kWebp; });
}
