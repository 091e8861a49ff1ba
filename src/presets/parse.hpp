// Option values from text and back. Every parser throws UsageError with the option's name and what
// it accepts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impasto/options.hpp"

namespace impasto {

/// The largest --strength: beyond it nothing is left of the content, and soon of the picture.
inline constexpr double kMostStrength = 1e6;

struct NumberRange {
  double low;
  double high;
  bool open_low = false;  ///< whether `low` itself is excluded
};

/// A finite number; "nan" and "inf" are refused.
double parse_number(const std::string& option, const std::string& text, const NumberRange& range);

std::int64_t parse_integer(const std::string& option, const std::string& text, std::int64_t low,
                           std::int64_t high);

/// An unsigned 64-bit integer.
std::uint64_t parse_seed(const std::string& option, const std::string& text);

/// "true" or "false".
bool parse_flag(const std::string& option, const std::string& text);

/// Parts between commas; an empty text has none.
std::vector<std::string> split(const std::string& text, char separator = ',');

/// "gatys, oriented": for messages.
std::string join(const std::vector<std::string>& names);

/// "relu1_1=0.5,relu2_1,relu3_1=1000/N^2", or "none".
std::vector<LayerWeight> parse_layers(const std::string& option, const std::string& text);
std::string print_layers(const std::vector<LayerWeight>& layers);

/// Shortest text that reads back to the same double.
std::string print_number(double value);

}  // namespace impasto
