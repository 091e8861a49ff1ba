// How a test runs the commands of the documents: what is made small, what must fail, and what
// cannot run in a test and is checked otherwise. One table each, in command_rules.cpp; a command
// that calls a program of none of them fails its test.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace impasto::docs {

/// The command as the test runs it: small pictures, few iterations, placeholders filled in.
std::string made_small(const std::string& command);

/// What a command is to end with.
struct Ending {
  int exit_code = 0;
  std::string says;  ///< part of what it prints
};
Ending expected_ending(const std::string& command);

/// A command that no test can run.
struct Elsewhere {
  std::string why;
  std::string check;  ///< shell text that is run in its place; it must succeed
};
std::optional<Elsewhere> runs_elsewhere(const std::string& command);

/// Commands that make what this one reads, where the reader has made it before.
std::vector<std::string> preparations(const std::string& command);

/// Whether a command line may begin with this word.
bool is_known_program(const std::string& word);

}  // namespace impasto::docs
