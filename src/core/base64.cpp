#include "core/base64.hpp"

#include <cstdint>

namespace impasto {

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t n = 0; n < 3; ++n) {
      bits = bits << 8U | (n < group.size() ? static_cast<unsigned char>(group[n]) : 0U);
    }
    for (std::size_t n = 0; n < 4; ++n) {
      text += n <= group.size() ? kDigits[bits >> (18 - 6 * n) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace impasto
