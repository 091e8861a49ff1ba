#include "report/labels.hpp"

#include <algorithm>

namespace impasto {
namespace {

constexpr const char* kEllipsis = "\xE2\x80\xA6";

/// How many bytes the UTF-8 character at `at` has.
std::size_t character_bytes(const std::string& text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    ++end;
  }
  return end - at;
}

/// Takes the last UTF-8 character away.
void drop_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
    text.pop_back();
  }
  if (!text.empty()) {
    text.pop_back();
  }
}

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

/// Whether a line may end after the character at `at`: after a dash only within words, for numbers
/// have dashes too.
bool may_end_after(const std::string& text, std::size_t at) {
  const std::string separators = " ,/=";
  const bool in_a_word = at > 1 && at + 1 < text.size() && is_letter(text[at - 2]) &&
                         is_letter(text[at - 1]) && is_letter(text[at + 1]);
  return separators.find(text[at]) != std::string::npos || (text[at] == '-' && in_a_word);
}

/// Parts that a line may end after.
std::vector<std::string> breakable(const std::string& text) {
  std::vector<std::string> parts{""};
  for (std::size_t at = 0; at < text.size(); ++at) {
    parts.back() += text[at];
    if (may_end_after(text, at)) {
      parts.emplace_back();
    }
  }
  if (parts.back().empty() && parts.size() > 1) {
    parts.pop_back();
  }
  return parts;
}

std::string without_end_space(std::string text) {
  while (text.ends_with(' ')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

std::vector<std::string> wrap(const std::string& text, double size, double width, std::size_t most,
                              bool bold) {
  const auto fits = [&](const std::string& line) {
    return text_width(without_end_space(line), size, bold) <= width;
  };
  std::vector<std::string> lines{""};
  for (const std::string& part : breakable(text)) {
    if (fits(lines.back() + part)) {
      lines.back() += part;
      continue;
    }
    if (!lines.back().empty()) {
      lines.emplace_back();
    }
    for (std::size_t at = 0; at < part.size();) {
      const std::string character = part.substr(at, character_bytes(part, at));
      if (!lines.back().empty() && !fits(lines.back() + character)) {
        lines.emplace_back();
      }
      lines.back() += character;
      at += character.size();
    }
  }
  if (lines.size() > most) {
    lines.resize(most);
    std::string& last = lines.back();
    last = without_end_space(last);
    while (!last.empty() && !fits(last + kEllipsis)) {
      drop_character(last);
    }
    last += kEllipsis;
  }
  std::transform(lines.begin(), lines.end(), lines.begin(), without_end_space);
  return lines;
}

void draw_lines(Canvas& canvas, const std::vector<std::string>& lines, double x, double top,
                const TextStyle& style) {
  double baseline = top + 0.93 * style.size;  // the font's ascent
  for (const std::string& line : lines) {
    canvas.text({x, baseline}, line, style);
    baseline += line_height(style.size);
  }
}

}  // namespace impasto
