#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>

namespace impasto {
namespace {

bool is_control(unsigned char byte) {
  return byte < 0x20 || byte == 0x7F;
}

std::string formatted(const char* format, char byte) {
  char text[8];
  std::snprintf(text, sizeof text, format, static_cast<unsigned>(static_cast<unsigned char>(byte)));
  return text;
}

/// The length of the UTF-8 character of several bytes that `text` begins with (RFC 3629, section
/// 4; C1 controls left out); 0 where it begins with none.
std::size_t multibyte_length(std::string_view text) {
  const auto byte = [&](std::size_t n) {
    return n < text.size() ? static_cast<unsigned char>(text[n]) : 0U;
  };
  const auto continues = [&](std::size_t n) { return (byte(n) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first >= 0xC2 && first <= 0xDF) {
    const bool c1_control = first == 0xC2 && second < 0xA0;
    return continues(1) && !c1_control ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second >= 0xA0;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool beyond = first == 0xF4 && second >= 0x90;
    return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

/// As multibyte_length, with 1 for ASCII.
std::size_t character_length(std::string_view text) {
  return static_cast<unsigned char>(text.front()) < 0x80 ? 1 : multibyte_length(text);
}

/// The text with every byte that is neither printable ASCII nor part of a UTF-8 character replaced.
template <typename Replace>
std::string replace_unprintable(std::string_view text, const Replace& replace) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = character_length(text.substr(at));
    if (length == 0 || is_control(byte)) {
      result += replace(text[at]);
      ++at;
    } else {
      result += text.substr(at, length);
      at += length;
    }
  }
  return result;
}

bool is_bare(char character) {
  constexpr std::string_view kSafe = "_./-+=:,@%";
  const bool letter = (character >= 'a' && character <= 'z') ||
                      (character >= 'A' && character <= 'Z') ||
                      (character >= '0' && character <= '9');
  return letter || kSafe.find(character) != std::string_view::npos;
}

std::string replace_all(std::string text, std::string_view part, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += by.size()) {
    text.replace(at, part.size(), by);
  }
  return text;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text) {
  return replace_unprintable(text, [](char byte) { return formatted("\\x%02X", byte); });
}

std::string shell_word(const std::string& text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_bare)) {
    return text;
  }
  if (printable(text) == text) {
    return "'" + replace_all(text, "'", "'\\''") + "'";
  }
  const std::string escaped = replace_all(replace_all(text, "\\", "\\\\"), "'", "\\'");
  return "$'" + replace_unprintable(escaped, [](char byte) { return formatted("\\%03o", byte); }) +
         "'";
}

std::string escape_bytes(std::string_view text) {
  std::string result;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    const bool plain = byte >= 0x20 && byte < 0x7F && character != '%';
    result += plain ? std::string(1, character) : formatted("%%%02X", character);
  }
  return result;
}

std::string unescape_bytes(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned byte = 0;
    const std::string_view digits = text.substr(std::min(at + 1, text.size()), 2);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (text[at] == '%' && digits.size() == 2 && parsed.ptr == digits.data() + 2) {
      result += static_cast<char>(byte);
      at += 2;
    } else {
      result += text[at];
    }
  }
  return result;
}

}  // namespace impasto
