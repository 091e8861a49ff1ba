// Command lines that CLI11 cannot read: what is wrong with them, in this program's words.
#pragma once

#include <string>
#include <vector>

#include "cli/cli11_forward.hpp"

#include "impasto/error.hpp"

namespace impasto {

/// Throws UsageError for words that would be taken for something else than was meant: a dash or a
/// quotation mark that is none, put in by web pages and word processors ("–size" for "--size";
/// files of such names are let pass), "--size=", which would take the next word, and "-o=OUT" or
/// "-output OUT", whose -o would take the rest of the word for a file name.
void require_plain_words(int argc, const char* const* argv);

/// The words with "help" in a command's place as the option: "--help", "transfer --help". What is
/// asked about and is no command stands alone, to be told so.
std::vector<std::string> with_help_as_option(const CLI::App& app, std::vector<std::string> words);

/// What to tell of a parse that failed, in this program's words: unknown options and commands with
/// the name that was probably meant, what is missing, doubled, empty or none of the values.
UsageError usage_error_of(const CLI::App& app, const CLI::ParseError& error);

}  // namespace impasto
