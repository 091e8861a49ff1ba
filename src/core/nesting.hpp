// How deep other people's texts nest, found out before a parser follows them by recursion.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace impasto {

/// Nothing that this project reads as JSON nests deeper.
inline constexpr std::size_t kDeepestJson = 64;

/// Whether arrays and objects nest deeper than `most` in a JSON text, valid or not.
bool json_nests_deeper(std::string_view json, std::size_t most = kDeepestJson);

/// The first line, counted from 1, of a TOML text, valid or not, on which arrays and inline tables
/// nest deeper than `most`, or a dotted key has more than `most` dots; nothing where there is none.
std::optional<std::size_t> line_of_deep_toml(std::string_view toml, std::size_t most);

/// Where the text of a TOML file ends whose opening quote stands at `at`: behind its closing
/// quotes, at the end of the line for one that is not closed there, or at the end of the file.
std::size_t end_of_toml_text(std::string_view toml, std::size_t at);

}  // namespace impasto
