#include "presets/parse.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "impasto/error.hpp"

namespace impasto {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& text,
                         const std::string& accepted) {
  throw UsageError("'" + text + "' is not a value of --" + option, "--" + option,
                   "give " + accepted);
}

std::string describe(const NumberRange& range) {
  std::string text = "a number ";
  text += range.open_low ? "above " : "of at least ";
  text += print_number(range.low);
  if (range.high < std::numeric_limits<double>::max()) {
    text += " and at most " + print_number(range.high);
  }
  return text;
}

/// The whole of `text` as a T.
template <typename T>
bool read_all(const std::string& text, T& value) {
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  return error == std::errc() && stop == end && begin != end;
}

}  // namespace

double parse_number(const std::string& option, const std::string& text, const NumberRange& range) {
  double value = 0;
  if (!read_all(text, value) || !std::isfinite(value) || value < range.low || value > range.high ||
      (range.open_low && value <= range.low)) {
    refuse(option, text, describe(range));
  }
  return value;
}

std::int64_t parse_integer(const std::string& option, const std::string& text, std::int64_t low,
                           std::int64_t high) {
  std::int64_t value = 0;
  if (!read_all(text, value) || value < low || value > high) {
    refuse(option, text,
           "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

std::uint64_t parse_seed(const std::string& option, const std::string& text) {
  std::uint64_t value = 0;
  if (!read_all(text, value)) {
    refuse(option, text, "a whole number from 0 to 18446744073709551615");
  }
  return value;
}

bool parse_flag(const std::string& option, const std::string& text) {
  if (text != "true" && text != "false") {
    refuse(option, text, "true or false");
  }
  return text == "true";
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  if (text.empty()) {
    return parts;
  }
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) {
      return parts;
    }
    begin = end + 1;
  }
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

std::vector<LayerWeight> parse_layers(const std::string& option, const std::string& text) {
  std::vector<LayerWeight> layers;
  if (text == "none") {
    return layers;
  }
  for (const std::string& part : split(text)) {
    const std::size_t equals = part.find('=');
    LayerWeight layer;
    layer.tap = part.substr(0, equals);
    if (layer.tap.empty()) {
      refuse(option, text, "layers as NAME or NAME=WEIGHT between commas, or none");
    }
    if (equals != std::string::npos) {
      constexpr std::string_view kOverSquaredChannels = "/N^2";
      std::string weight = part.substr(equals + 1);
      if (weight.ends_with(kOverSquaredChannels)) {
        layer.over_squared_channels = true;
        weight.resize(weight.size() - kOverSquaredChannels.size());
      }
      layer.factor = parse_number(option, weight, {0, std::numeric_limits<double>::max()});
    }
    if (std::any_of(layers.begin(), layers.end(),
                    [&](const LayerWeight& other) { return other.tap == layer.tap; })) {
      throw UsageError("layer " + layer.tap + " is named twice", "--" + option,
                       "name each layer once");
    }
    layers.push_back(layer);
  }
  if (layers.empty()) {
    refuse(option, text, "layers as NAME or NAME=WEIGHT between commas, or none");
  }
  return layers;
}

std::string print_layers(const std::vector<LayerWeight>& layers) {
  std::string text;
  for (const LayerWeight& layer : layers) {
    text += text.empty() ? "" : ",";
    text += layer.tap;
    if (layer.factor != 1 || layer.over_squared_channels) {
      text += "=" + print_number(layer.factor) + (layer.over_squared_channels ? "/N^2" : "");
    }
  }
  return text.empty() ? "none" : text;
}

std::string print_number(double value) {
  std::array<char, 32> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

}  // namespace impasto
