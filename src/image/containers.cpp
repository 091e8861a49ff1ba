#include "image/containers.hpp"

#include "image/bytes.hpp"

namespace impasto {

void for_each_segment(std::string_view jpeg,
                      const std::function<void(std::uint32_t, std::string_view)>& visit) {
  std::size_t at = 2;
  while (at + 4 <= jpeg.size() && byte_at(jpeg, at) == 0xFF) {
    const auto marker = byte_at(jpeg, at + 1);
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    const std::size_t length = big16(jpeg, at + 2);
    const bool pixels_begin = marker == 0xDA || marker == 0xD9;
    if (pixels_begin || length < 2 || at + 2 + length > jpeg.size()) {
      return;
    }
    visit(marker, jpeg.substr(at + 4, length - 2));
    at += 2 + length;
  }
}

void for_each_chunk(std::string_view png,
                    const std::function<void(std::string_view, std::string_view)>& visit) {
  std::size_t at = 8;
  while (at + 12 <= png.size()) {
    const std::size_t length = big32(png, at);
    if (length > png.size() - at - 12) {
      return;
    }
    visit(png.substr(at + 4, 4), png.substr(at + 8, length));
    at += 12 + length;
  }
}

}  // namespace impasto
