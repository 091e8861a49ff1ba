// The commands that the documents tell a reader to type, other than the chapters' exercises
// (console.hpp): every line of a fenced block without a language, the commands that made a
// chapter's picture, and every `impasto …` or `tools/… …` with arguments in the prose.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace impasto::docs {

struct UserCommand {
  std::size_t line = 0;   ///< number of its first line in the document
  std::size_t block = 0;  ///< commands of one block share a folder; one in the prose is its own
  std::string text;       ///< lines that end in \ joined, comments left out
};

std::vector<UserCommand> user_commands(const std::string& document);

/// What fenced blocks call themselves: "" is commands. Console blocks, pictures and programs have
/// tests of their own, text and math are no commands.
bool is_known_fence(const std::string& info);

/// A command line cut at its ; && || | outside quotes. Pieces and cuts together are the line.
struct Piece {
  std::string text;
  std::string cut;  ///< what follows it
};
std::vector<Piece> pieces_of(const std::string& command);

/// The first word of a piece.
std::string first_word(const std::string& piece);

/// Every --option in a text, without values, each once.
std::vector<std::string> options_in(const std::string& text);

/// The --options that a document's prose names in `code`.
std::vector<std::string> options_in_prose(const std::string& document);

}  // namespace impasto::docs
