// What impasto sweep varies, from --vary's text.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace impasto {

/// One value of a --vary: what it sets, in the command line's words.
using VaryValue = std::vector<std::pair<std::string, std::string>>;

/// One --vary: NAME=v1,v2,…, or several of them between spaces, which go hand in hand. Where a
/// value has commas itself, all values are separated by ';' instead:
/// "style-layers=relu1_1;relu1_1,relu2_1".
struct VaryAxis {
  std::vector<std::string> names;
  std::vector<VaryValue> values;
};

/// What can be varied besides the options of the table.
inline constexpr const char* kVariedPreset = "preset";
inline constexpr const char* kVariedWeights = "weights";
inline constexpr const char* kVariedContent = "content";
inline constexpr const char* kVariedStyle = "style";
/// content weight : style weight, as "100", "1/10" or "1:10"; the content weight stays.
inline constexpr const char* kVariedRatio = "ratio";

/// Throws UsageError: for an unknown name, listing those there are; for a value that its option
/// does not take; for lists of different lengths that should go hand in hand.
VaryAxis parse_vary(const std::string& text);

/// "100", "1/10" or "1:10" as a number above 0. Throws UsageError.
double parse_ratio(const std::string& text);

/// "optimizer = adam, learning-rate = 0.05"; files by their names without folder and extension.
std::string label_of(const VaryValue& value);

/// The same as part of a file's name: "optimizer_adam_learning-rate_0.05".
std::string file_part(const VaryValue& value);

}  // namespace impasto
