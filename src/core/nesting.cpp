#include "core/nesting.hpp"

#include <algorithm>

namespace impasto {
namespace {

/// Where a text in quotes ends that begins at `at`: after its closing quotes, or at the end of
/// everything. `escapes`: whether a backslash takes the next character with it.
std::size_t end_of_quoted(std::string_view text, std::size_t at, std::string_view quotes,
                          bool escapes, std::string_view stops) {
  for (at += quotes.size(); at < text.size(); ++at) {
    if (text.substr(at).starts_with(quotes)) {
      return at + quotes.size();
    }
    if (stops.find(text[at]) != std::string_view::npos) {
      return at;
    }
    at += escapes && text[at] == '\\' ? 1 : 0;
  }
  return text.size();
}

/// One walk through a TOML text.
class TomlScan {
 public:
  TomlScan(std::string_view text, std::size_t most) : text_(text), most_(most) {}

  std::optional<std::size_t> run() {
    while (at_ < text_.size()) {
      step(text_[at_]);
      if (depth_ > most_ || dots_ > most_) {
        return 1 +
               static_cast<std::size_t>(std::count(text_.begin(), text_.begin() + offset(), '\n'));
      }
    }
    return std::nullopt;
  }

 private:
  void step(char character) {
    switch (character) {
      case '"':
      case '\'':
        at_ = end_of_toml_text(text_, at_);
        return;
      case '#':
        at_ = std::min(text_.find('\n', at_), text_.size());
        return;
      case '[':
      case '{':
        ++depth_;
        break;
      case ']':
      case '}':
        depth_ -= std::min<std::size_t>(depth_, 1);
        break;
      case '.':
        ++dots_;
        break;
      case '=':
      case ',':
      case '\n':
        dots_ = 0;
        break;
      default:
        break;
    }
    ++at_;
  }

  [[nodiscard]] std::ptrdiff_t offset() const {
    return static_cast<std::ptrdiff_t>(std::min(at_, text_.size()));
  }

  std::string_view text_;
  std::size_t most_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t dots_ = 0;
};

}  // namespace

bool json_nests_deeper(std::string_view json, std::size_t most) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < json.size();) {
    const char character = json[at];
    if (character == '"') {
      at = end_of_quoted(json, at, "\"", true, "");
      continue;
    }
    depth += character == '[' || character == '{' ? 1 : 0;
    if (depth > most) {
      return true;
    }
    depth -= (character == ']' || character == '}') && depth > 0 ? 1 : 0;
    ++at;
  }
  return false;
}

std::size_t end_of_toml_text(std::string_view toml, std::size_t at) {
  const char quote = toml[at];
  const bool escapes = quote == '"';
  const std::string_view three = escapes ? R"(""")" : "'''";
  if (!toml.substr(at).starts_with(three)) {
    return end_of_quoted(toml, at, three.substr(0, 1), escapes, "\n");
  }
  std::size_t end = end_of_quoted(toml, at, three, escapes, "");
  // One or two quotes may stand before the closing three.
  for (int n = 0; n < 2 && end < toml.size() && toml[end] == quote; ++n) {
    ++end;
  }
  return end;
}

std::optional<std::size_t> line_of_deep_toml(std::string_view toml, std::size_t most) {
  return TomlScan(toml, most).run();
}

}  // namespace impasto
