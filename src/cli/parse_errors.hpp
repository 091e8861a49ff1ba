// Command lines that CLI11 cannot read: what is wrong with them, in this program's words.
#pragma once

#include "cli/cli11_forward.hpp"

#include "impasto/error.hpp"

namespace impasto {

/// Throws UsageError for words that would be taken for something else than was meant: a dash or a
/// quotation mark that is none, put in by web pages and word processors ("–size" for "--size";
/// files of such names are let pass), and "-o=OUT" or "-output OUT", whose -o would take the rest
/// of the word for a file name.
void require_plain_words(int argc, const char* const* argv);

/// What to tell of a parse that failed: unknown options and commands with the name that was
/// probably meant.
UsageError usage_error_of(const CLI::App& app, const CLI::ParseError& error);

}  // namespace impasto
