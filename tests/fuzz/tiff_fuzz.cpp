// TIFF of every layout that is read.
#include "fuzz/picture.hpp"
#include "fuzz/target.hpp"

IMPASTO_FUZZ_TARGET(tiff) {
  impasto::fuzz::decode_small(
      bytes, [](impasto::PictureFormat format) { return format == impasto::PictureFormat::kTiff; });
}
