// Checks of what the command line gives an option. A refusal is the remedy that follows "'3x' is
// not a value of --width (--width): " (parse_errors.cpp).
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace impasto {

/// Takes anything but an empty value, which is a script's unset variable rather than "not given",
/// and another option.
CLI::Validator not_empty();

/// Takes whole numbers in [low, high].
CLI::Validator whole_number(std::int64_t low, std::int64_t high);

CLI::Validator one_of(const std::vector<std::string>& words);

}  // namespace impasto
