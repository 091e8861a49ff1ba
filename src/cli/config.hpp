// Options from a TOML file, and back.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "presets/settings.hpp"

namespace impasto {

/// Reads a flat TOML file whose keys are option names (and `preset`, `weights`). Throws InputError
/// when the file cannot be read, UsageError naming the line for a syntax error, an unknown key or a
/// value of the wrong type.
std::vector<ConfigSetting> read_config(const std::string& path);

/// The same from text; `place` names it in errors.
std::vector<ConfigSetting> parse_config(const std::string& text, const std::string& place);

/// TOML text of the settings; `read_config` reads it back to the same. TOML is UTF-8, so a path
/// that is not is written as a URI, as file:///home/you/%FF.png, and read as one.
std::string print_config(const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace impasto
