#include "cli/vary.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <string_view>

#include "core/files.hpp"
#include "core/near_name.hpp"
#include "impasto/error.hpp"
#include "presets/option_table.hpp"
#include "presets/parse.hpp"
#include "presets/presets.hpp"

namespace impasto {
namespace {

constexpr std::array kBesidesTable{kVariedPreset, kVariedWeights, kVariedContent, kVariedStyle,
                                   kVariedRatio};
/// A snapshot every so often changes no picture.
constexpr const char* kNotVaried = "save-every";

std::vector<std::string> names_to_vary() {
  std::vector<std::string> names(kBesidesTable.begin(), kBesidesTable.end());
  for (const OptionEntry& entry : option_table()) {
    if (entry.name != kNotVaried) {
      names.push_back(entry.name);
    }
  }
  return names;
}

bool can_vary(const std::string& name) {
  const std::vector<std::string> names = names_to_vary();
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Characters that a backslash takes literally, because they mean something in --vary.
bool is_special(char character) {
  return std::string_view(" ,;\"'\\").find(character) != std::string_view::npos;
}

/// Parts of `text` between separators that stand neither in quotes nor behind a backslash. A quote
/// opens where a value may begin, so that an apostrophe inside a name is an apostrophe. The parts
/// keep their quotes and backslashes.
std::vector<std::string> split_unquoted(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  char quote = '\0';  // the one that is open
  bool may_begin = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char character = text[at];
    if (character == '\\' && at + 1 < text.size() && is_special(text[at + 1])) {
      parts.back() += character;
      parts.back() += text[++at];
      may_begin = false;
      continue;
    }
    if (quote == '\0' && character == separator) {
      parts.emplace_back();
      may_begin = true;
      continue;
    }
    if (quote != '\0') {
      quote = character == quote ? '\0' : quote;
    } else if (may_begin && (character == '"' || character == '\'')) {
      quote = character;
    }
    parts.back() += character;
    may_begin = character == '=' || character == ',' || character == ';' || character == ' ';
  }
  if (quote != '\0') {
    throw UsageError(std::string("a ") + quote + " is not closed", "--vary " + text,
                     "close it, or write \\" + std::string(1, quote));
  }
  return parts;
}

/// A value without its quotes and backslashes.
std::string unquoted(const std::string& value) {
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.back() == value.front();
  const std::string inside = quoted ? value.substr(1, value.size() - 2) : value;
  std::string text;
  for (std::size_t at = 0; at < inside.size(); ++at) {
    if (inside[at] == '\\' && at + 1 < inside.size() && is_special(inside[at + 1])) {
      ++at;
    }
    text += inside[at];
  }
  return text;
}

/// "a=1,2 b=3,4" at the spaces before a name that can be varied.
std::vector<std::string> assignments(const std::string& text) {
  std::vector<std::string> parts;
  for (const std::string& word : split_unquoted(text, ' ')) {
    const std::size_t equals = word.find('=');
    if (parts.empty() || (equals != std::string::npos && can_vary(word.substr(0, equals)))) {
      parts.push_back(word);
    } else {
      parts.back() += " " + word;
    }
  }
  // Spaces between assignments are no part of the values.
  for (std::string& part : parts) {
    while (part.ends_with(' ') && !part.ends_with("\\ ")) {
      part.pop_back();
    }
  }
  return parts;
}

/// A picture that is not there: the name may have been cut at a comma of its own.
void require_picture(const std::string& name, const std::string& file) {
  if (is_missing(file)) {
    throw InputError("no such file", file,
                     remedy_for_missing(file) + " (--vary " + name +
                         "); a comma inside a name is written \\, or the name in quotes");
  }
}

/// Throws UsageError if the option does not take the value.
void check_value(const std::string& name, const std::string& value) {
  if (name == kVariedPreset) {
    find_preset(value);
  } else if (name == kVariedRatio) {
    parse_ratio(value);
  } else if (value.empty()) {
    throw UsageError("a value of " + name + " is empty", "--vary", "leave no comma over");
  } else if (name == kVariedContent || name == kVariedStyle) {
    require_picture(name, value);
  } else if (std::find(kBesidesTable.begin(), kBesidesTable.end(), name) == kBesidesTable.end() &&
             !(name == "iterations" && value == "0")) {
    TransferOptions scratch;
    set_option(scratch, name, value);
  }
}

/// The name and values of one "NAME=v1,v2".
std::pair<std::string, std::vector<std::string>> parse_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError("'" + text + "' is no OPTION=v1,v2", "--vary",
                     "give an option's name and its values, like learning-rate=0.1,0.01");
  }
  std::string name = text.substr(0, equals);
  if (name.starts_with("--")) {
    name.erase(0, 2);
  }
  if (!can_vary(name)) {
    throw UsageError("there is no option '" + name + "' to vary", "--vary " + text,
                     did_you_mean(name, names_to_vary(), "give one of " + join(names_to_vary())));
  }
  const std::string list = text.substr(equals + 1);
  std::vector<std::string> values = split_unquoted(list, ';');
  if (values.size() == 1) {
    values = split_unquoted(list, ',');
  }
  for (std::string& value : values) {
    value = unquoted(value);
    check_value(name, value);
  }
  return {name, values};
}

bool names_file(const std::string& name) {
  return name == kVariedContent || name == kVariedStyle || name == kVariedWeights || name == "init";
}

/// A value for people: a file's name without folder and extension.
std::string short_value(const std::string& name, const std::string& value) {
  return names_file(name) ? std::filesystem::path(value).stem().string() : value;
}

}  // namespace

double parse_ratio(const std::string& text) {
  const NumberRange range{0, std::numeric_limits<double>::max(), true};
  const std::size_t middle = text.find_first_of("/:");
  if (middle == std::string::npos) {
    return parse_number(kVariedRatio, text, range);
  }
  return parse_number(kVariedRatio, text.substr(0, middle), range) /
         parse_number(kVariedRatio, text.substr(middle + 1), range);
}

VaryAxis parse_vary(const std::string& text) {
  VaryAxis axis;
  for (const std::string& part : assignments(text)) {
    const auto [name, values] = parse_assignment(part);
    if (std::find(axis.names.begin(), axis.names.end(), name) != axis.names.end()) {
      throw UsageError(name + " is varied twice", "--vary " + text, "name it once");
    }
    if (!axis.names.empty() && values.size() != axis.values.size()) {
      throw UsageError(std::to_string(values.size()) + " values of " + name + " for " +
                           std::to_string(axis.values.size()) + " of " + axis.names.front(),
                       "--vary " + text, "give as many of each; they go hand in hand");
    }
    axis.names.push_back(name);
    axis.values.resize(values.size());
    for (std::size_t n = 0; n < values.size(); ++n) {
      axis.values[n].emplace_back(name, values[n]);
    }
  }
  if (axis.names.empty()) {
    throw UsageError("it is empty", "--vary", "give OPTION=v1,v2");
  }
  return axis;
}

std::string label_of(const VaryValue& value) {
  std::string label;
  for (const auto& [name, text] : value) {
    label += (label.empty() ? "" : ", ") + name + " = " + short_value(name, text);
  }
  return label;
}

std::string file_part(const VaryValue& value) {
  std::string part;
  for (const auto& [name, text] : value) {
    part += (part.empty() ? "" : "_") + name + "_" + short_value(name, text);
  }
  for (char& character : part) {
    const bool plain = (character >= '0' && character <= '9') ||
                       (character >= 'A' && character <= 'Z') ||
                       (character >= 'a' && character <= 'z') || character == '.' ||
                       character == '-' || character == '_';
    character = character == ',' ? '+' : plain || character == '+' ? character : '-';
  }
  return part;
}

}  // namespace impasto
