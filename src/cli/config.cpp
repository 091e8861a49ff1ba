#include "cli/config.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <sstream>
#include <string_view>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "core/files.hpp"
#include "core/near_name.hpp"
#include "core/nesting.hpp"
#include "core/text.hpp"
#include "impasto/error.hpp"
#include "presets/option_table.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

constexpr std::size_t kLargestConfig = std::size_t{1} << 20U;

/// Options are plain keys, and lists of lists the deepest values. The parser goes down dotted keys
/// by recursion, as far as a file tells it to.
constexpr std::size_t kDeepestConfig = 16;

/// Seeds reach 2⁶⁴ − 1, TOML's integers only 2⁶³ − 1: they are printed as text, and read as either.
constexpr const char* kWideInteger = "seed";

bool is_outside_table(const std::string& name) {
  return name == "preset" || name == "weights";
}

/// TOML is UTF-8: a path that is not stands as a file URI (RFC 8089), with %XX for its other bytes.
constexpr std::string_view kFileUri = "file://";

bool may_be_path(const std::string& name) {
  return name == "weights" || name == "init";
}

/// What TOML values a key takes.
struct Kind {
  OptionType type = OptionType::kText;
  bool list = false;     ///< parts between commas, which may also stand in an array
  bool numeric = false;  ///< a list of numbers, of which a single one may stand alone
};

Kind kind_of(const std::string& name, const std::string& where) {
  if (is_outside_table(name)) {
    return {};
  }
  std::vector<std::string> names{"preset", "weights"};
  for (const OptionEntry& entry : option_table()) {
    names.push_back(entry.name);
    if (entry.name == name) {
      const bool list = entry.type == OptionType::kText && entry.hint.ends_with(",...");
      return {entry.type, list, list && !name.ends_with("-layers")};
    }
  }
  throw UsageError(
      "unknown key '" + name + "'", where,
      did_you_mean(name, names, "keys are option names; see impasto transfer --help-all"));
}

/// One TOML value as the command line would spell it. A list of numbers or words is joined by
/// commas.
std::string spell(const toml::node& node, const Kind& kind, const std::string& name,
                  const std::string& where) {
  const OptionType type = kind.type;
  const bool takes_numbers =
      type == OptionType::kNumber || type == OptionType::kNumberOrWord || kind.numeric;
  if (const auto* array = node.as_array(); array != nullptr && kind.list) {
    std::string text;
    for (const toml::node& element : *array) {
      text += (text.empty() ? "" : ",") + spell(element, {type, false, kind.numeric}, name, where);
    }
    return text;
  }
  if (const auto flag = node.as_boolean(); flag != nullptr && type == OptionType::kFlag) {
    return flag->get() ? "true" : "false";
  }
  if (const auto* whole = node.as_integer();
      whole != nullptr && (type == OptionType::kInteger || takes_numbers)) {
    return std::to_string(whole->get());
  }
  if (const auto* real = node.as_floating_point(); real != nullptr && takes_numbers) {
    return print_number(real->get());
  }
  if (const auto* text = node.as_string();
      text != nullptr &&
      (type == OptionType::kText || type == OptionType::kNumberOrWord || name == kWideInteger)) {
    const std::string& value = text->get();
    return may_be_path(name) && value.starts_with(kFileUri)
               ? unescape_bytes(value.substr(kFileUri.size()))
               : value;
  }
  const char* expected = type == OptionType::kFlag      ? "true or false"
                         : type == OptionType::kInteger ? "a whole number"
                         : type == OptionType::kNumber  ? "a number"
                         : type == OptionType::kText    ? "a text"
                                                        : "a number or a word";
  throw UsageError("'" + name + "' has a value of the wrong type", where,
                   std::string("give ") + expected);
}

/// Whether a value of this option stands in quotes.
bool is_text(const std::string& name, const std::string& value) {
  if (is_outside_table(name) || name == kWideInteger) {
    return true;
  }
  const OptionType type = find_option(name).type;
  const bool is_word = std::isalpha(static_cast<unsigned char>(value.front())) != 0;
  return type == OptionType::kText || (type == OptionType::kNumberOrWord && is_word);
}

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char character : value) {
    const auto code = static_cast<unsigned char>(character);
    if (code < 0x20 || code == 0x7F) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned>(code));
      text += escape;
      continue;
    }
    if (character == '"' || character == '\\') {
      text += '\\';
    }
    text += character;
  }
  return text + "\"";
}

/// What keys, numbers, dates and lists are written with, outside of quotes and comments.
bool is_plain(char character) {
  constexpr std::string_view kSigns = "+-_.:=,[] \t\r\n";
  const bool is_ascii = static_cast<unsigned char>(character) < 0x80;
  return (is_ascii && std::isalnum(static_cast<unsigned char>(character)) != 0) ||
         kSigns.find(character) != std::string_view::npos;
}

/// A walk through a TOML text that throws what toml++ 3.3 cannot be given. That library takes some
/// characters that are not plain for spaces or keys, reads on where quotes or lists stand in the
/// middle of a value or three quotes around a key, and its code for these, for what follows a
/// line's last backslash, for tables without a name, and for braces among the values of a list runs
/// into nowhere.
class ReadableToml {
 public:
  ReadableToml(const std::string& text, const std::string& place) : text_(text), place_(place) {}

  void require() {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    at_ = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while (at_ < text_.size()) {
      const char character = text_[at_];
      if (character == '"' || character == '\'') {
        pass_quoted();
      } else if (character == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        pass_plain(character);
      }
    }
  }

 private:
  /// Whether a name, a part of one, or a value may begin here.
  [[nodiscard]] bool begins() const {
    const std::string_view befores = is_key_ ? "\n." : lists_ > 0 ? "\n=,[" : "=";
    return befores.find(last_) != std::string_view::npos;
  }

  void pass_quoted() {
    if (!begins()) {
      refuse("quotes stand in the middle of a name or value", "close or remove them");
    }
    if (is_key_ && std::string_view(text_).substr(at_, 3) == std::string(3, text_[at_])) {
      refuse("three quotes around a name", "write the option's name without quotes");
    }
    last_ = text_[at_];
    const std::size_t end = end_of_toml_text(text_, at_);
    if (last_ == '"') {
      pass_escapes(end);
    }
    at_ = end;
  }

  void pass_escapes(std::size_t end) {
    for (++at_; at_ + 1 < end; ++at_) {
      if (text_[at_] != '\\') {
        continue;
      }
      ++at_;
      if (std::isgraph(static_cast<unsigned char>(text_[at_])) == 0) {
        refuse("a backslash without an escape, or at the end of a line", "write \\\\, or one line");
      }
    }
  }

  void pass_plain(char character) {
    if ((character == '[' && is_key_) || character == '{' || character == '}') {
      refuse("a table", "name each option on a line of its own, as in size = 512");
    }
    if (!is_plain(character)) {
      refuse("a character that no name, number or list has stands outside of quotes",
             "put the text into quotes");
    }
    if (character == '[' && !begins()) {
      refuse("a list begins in the middle of a value", "put a comma between");
    }
    if (character == '=' && !is_key_) {
      refuse("a second equals sign", "give each option a line of its own");
    }
    if ((last_ == '"' || last_ == '\'') &&
        std::string_view(" \t\r\n=,].").find(character) == std::string_view::npos) {
      refuse("something follows a text in quotes", "put a comma between, or mend the quotes");
    }
    if (character != ' ' && character != '\t') {
      last_ = character;
    }
    lists_ += character == '[' ? 1 : 0;
    lists_ -= character == ']' && lists_ > 0 ? 1 : 0;
    is_key_ = (is_key_ && character != '=') || (character == '\n' && lists_ == 0);
    ++at_;
  }

  [[noreturn]] void refuse(const std::string& what, const std::string& remedy) const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(at_);
    throw UsageError("not valid TOML for options: " + what,
                     place_ + ":" + std::to_string(1 + std::count(text_.begin(), end, '\n')),
                     remedy);
  }

  const std::string& text_;
  const std::string& place_;
  std::size_t at_ = 0;
  bool is_key_ = true;  ///< whether an equals sign is still to come
  int lists_ = 0;       ///< how many are open
  char last_ = '\n';    ///< the last character outside of comments that is no space
};

}  // namespace

std::vector<ConfigSetting> read_config(const std::string& path) {
  return parse_config(read_file(path, kLargestConfig), path);
}

std::vector<ConfigSetting> parse_config(const std::string& text, const std::string& place) {
  if (const auto line = line_of_deep_toml(text, kDeepestConfig)) {
    throw UsageError("keys or values nest too deep", place + ":" + std::to_string(*line),
                     "give options as plain lines: name = value");
  }
  ReadableToml(text, place).require();
  toml::table table;
  try {
    table = toml::parse(text, place);
  } catch (const toml::parse_error& error) {
    throw UsageError("not valid TOML: " + std::string(error.description()),
                     place + ":" + std::to_string(error.source().begin.line), "mend that line");
  }
  std::vector<ConfigSetting> settings;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string where = place + ":" + std::to_string(key.source().begin.line);
    settings.push_back({name, spell(node, kind_of(name, where), name, where), where});
  }
  return settings;
}

std::string print_config(const std::vector<std::pair<std::string, std::string>>& settings) {
  std::ostringstream text;
  for (const auto& [name, value] : settings) {
    const bool needs_uri = may_be_path(name) && !is_utf8(value);
    const std::string spelt = needs_uri ? std::string(kFileUri) + escape_bytes(value) : value;
    text << name << " = " << (is_text(name, value) ? quoted(spelt) : spelt) << '\n';
  }
  return text.str();
}

}  // namespace impasto
