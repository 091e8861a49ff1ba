// Bytes that come from outside, as texts that people read and type.
#pragma once

#include <string>
#include <string_view>

namespace impasto {

/// Whether every byte is ASCII or part of a UTF-8 character, C1 controls left out.
bool is_utf8(std::string_view text);

/// For a terminal: control characters and what is not UTF-8 become \xNN.
std::string printable(std::string_view text);

/// As one word of a shell command that bash, zsh and POSIX shells since 2024 read back to the same
/// bytes: bare where that is safe, in quotes otherwise.
std::string shell_word(const std::string& text);

/// Any bytes as printable ASCII: what is not, and %, becomes %XX. unescape_bytes is the way back.
std::string escape_bytes(std::string_view text);
std::string unescape_bytes(std::string_view text);

}  // namespace impasto
