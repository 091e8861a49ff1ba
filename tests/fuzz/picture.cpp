#include "fuzz/picture.hpp"

#include "fuzz/target.hpp"
#include "image/decoders.hpp"

namespace impasto::fuzz {

void decode_small(std::string_view bytes, const std::function<bool(PictureFormat)>& is_wanted) {
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 16;
  answer([&] {
    const PictureHeader header = read_header(bytes, "input");
    if (is_wanted(header.format) && header.width * header.height <= kMostPixels) {
      decode_picture(bytes, "input");
    }
  });
}

}  // namespace impasto::fuzz
