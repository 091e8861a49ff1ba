// BMP, TGA, PGM and PPM, which stb_image decodes.
#include "fuzz/picture.hpp"
#include "fuzz/target.hpp"

IMPASTO_FUZZ_TARGET(stb) {
  using impasto::PictureFormat;
  impasto::fuzz::decode_small(bytes, [](PictureFormat format) {
    return format == PictureFormat::kBmp || format == PictureFormat::kTga ||
           format == PictureFormat::kPnm;
  });
}
