#include "report/markup.hpp"

#include <cstdio>

namespace impasto {
namespace {

std::string start_of(const std::string& name, const Attributes& attributes) {
  std::string text = "<" + name;
  for (const auto& [key, value] : attributes) {
    text += " " + key + "=\"" + escaped(value) + "\"";
  }
  return text;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string result;
  for (const char character : text) {
    switch (character) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(character) < 0x20 ? ' ' : character;
    }
  }
  return result;
}

std::string element(const std::string& name, const Attributes& attributes,
                    const std::string& content) {
  return start_of(name, attributes) + ">" + content + "</" + name + ">";
}

std::string element(const std::string& name, const std::string& content) {
  return element(name, {}, content);
}

std::string empty_element(const std::string& name, const Attributes& attributes) {
  return start_of(name, attributes) + "/>";
}

std::string hundredths(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  std::string result = text;
  result.erase(result.find_last_not_of('0') + 1);
  if (result.back() == '.') {
    result.pop_back();
  }
  return result == "-0" ? "0" : result;
}

}  // namespace impasto
