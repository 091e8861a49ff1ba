// The chapters' exercises: ```console blocks of commands with their output. A line that begins with
// "$ " is a command (it goes on after a \ at its end), what follows is its output; a line of … or
// ... stands for any number of lines; an exit status other than 0 is the last line,
// "[exit status 1]".
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace impasto::docs {

using Lines = std::vector<std::string>;

struct ConsoleCommand {
  std::string command;
  Lines expected;
  std::size_t first = 0;  ///< number of the output's first line in the document, from 1
  std::size_t block = 0;  ///< commands of one block share a folder
  bool pending = false;   ///< in a "```console pending" block: its output is still to be filled in
};

std::vector<ConsoleCommand> console_commands(const std::string& text);

/// Nothing where `actual` is what `expected` says; else what is missing. Words must be the same.
/// Numbers with a point or an exponent may differ by 2 %, and where both are below 1e-5, the size
/// of rounding errors, by a factor of 100. Whole numbers and the spaces between words: see
/// same_line.
std::optional<std::string> difference(const Lines& expected, const Lines& actual);

/// Word by word, whatever the number of spaces between; whole numbers must be equal.
bool same_line(const std::string& expected, const std::string& actual);

/// What a chapter should show for this output: `expected` where it is still right, else the output,
/// with the lines left out that were left out before as far as the others are found again.
Lines refreshed(const Lines& expected, const Lines& actual);

/// The document with one command's output replaced; its block is then no longer pending.
std::string with_output(const std::string& text, const ConsoleCommand& command,
                        const Lines& output);

}  // namespace impasto::docs
