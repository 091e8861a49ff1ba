// Command lines that CLI11 cannot read: what is wrong with them, in this program's words.
#pragma once

#include <CLI/CLI.hpp>

#include "impasto/error.hpp"

namespace impasto {

/// Throws UsageError for a word that begins with a dash or a quotation mark that is none: web pages
/// and word processors put them in ("–size" for "--size"). Files of such names are let pass.
void require_plain_dashes(int argc, const char* const* argv);

/// What to tell of a parse that failed: unknown options and commands with the name that was
/// probably meant.
UsageError usage_error_of(const CLI::App& app, const CLI::ParseError& error);

}  // namespace impasto
