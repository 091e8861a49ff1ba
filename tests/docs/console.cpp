#include "docs/console.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <regex>
#include <sstream>

#include "docs/markdown.hpp"

namespace impasto::docs {
namespace {

constexpr double kTolerance = 0.02;
constexpr double kRoundingLevel = 1e-5;
constexpr double kRoundingFactor = 100;
/// Errors below this are as good as none.
constexpr double kNothing = 1e-11;

bool is_ellipsis(const std::string& line) {
  return line == "…" || line == "...";
}

/// A piece of a word: a number, or what stands between numbers.
struct Piece {
  std::string text;
  bool number = false;
};

bool is_word_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

/// Length of the number at `at`, 0 if there is none. Digits inside a name or a checksum are none.
std::size_t number_length(const std::string& word, std::size_t at) {
  static const std::regex kNumber(R"([-+]?\d+(\.\d+)?([eE][-+]?\d+)?)");
  std::smatch match;
  const auto begin = word.begin() + static_cast<std::ptrdiff_t>(at);
  if ((at > 0 && (is_word_letter(word[at - 1]) || word[at - 1] == '.')) ||
      !std::regex_search(begin, word.end(), match, kNumber,
                         std::regex_constants::match_continuous)) {
    return 0;
  }
  const auto length = static_cast<std::size_t>(match.length());
  const bool glued = at + length < word.size() && is_word_letter(word[at + length]);
  return glued && !match[1].matched ? 0 : length;
}

std::vector<Piece> pieces_of(const std::string& word) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t length = number_length(word, at);
    if (length > 0) {
      pieces.push_back({word.substr(at, length), true});
      at += length;
      continue;
    }
    if (pieces.empty() || pieces.back().number) {
      pieces.emplace_back();
    }
    pieces.back().text += word[at++];
  }
  return pieces;
}

bool is_whole(const std::string& number) {
  return number.find_first_of(".eE") == std::string::npos;
}

bool same_number(const std::string& expected, const std::string& actual) {
  if (is_whole(expected) && is_whole(actual)) {
    return expected == actual;
  }
  const double e = std::strtod(expected.c_str(), nullptr);
  const double a = std::strtod(actual.c_str(), nullptr);
  const double larger = std::max(std::abs(e), std::abs(a));
  if (larger < kRoundingLevel) {
    const double smaller = std::max(std::min(std::abs(e), std::abs(a)), kNothing);
    return larger <= kRoundingFactor * smaller;
  }
  return std::abs(e - a) <= kTolerance * larger;
}

bool same_word(const std::string& expected, const std::string& actual) {
  const std::vector<Piece> e = pieces_of(expected);
  const std::vector<Piece> a = pieces_of(actual);
  return std::equal(e.begin(), e.end(), a.begin(), a.end(), [](const Piece& x, const Piece& y) {
    return x.number == y.number && (x.number ? same_number(x.text, y.text) : x.text == y.text);
  });
}

Lines words_of(const std::string& line) {
  std::istringstream stream(line);
  Lines words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return words;
}

/// A line with every number masked.
std::string skeleton(const std::string& line) {
  std::string result;
  for (const std::string& word : words_of(line)) {
    for (const Piece& piece : pieces_of(word)) {
      result += piece.number ? "#" : piece.text;
    }
    result += ' ';
  }
  return result;
}

/// Matches expected[e…] with actual[a…]; remembers how far it came.
struct Matcher {
  const Lines& expected;
  const Lines& actual;
  std::size_t furthest = 0;         // most expected lines found
  std::size_t furthest_actual = 0;  // where the next one was looked for

  bool match(std::size_t e, std::size_t a) {
    if (e >= furthest) {
      furthest = e;
      furthest_actual = a;
    }
    if (e == expected.size()) {
      return a == actual.size();
    }
    if (is_ellipsis(expected[e])) {
      for (std::size_t next = a; next <= actual.size(); ++next) {
        if (match(e + 1, next)) {
          return true;
        }
      }
      return false;
    }
    return a < actual.size() && same_line(expected[e], actual[a]) && match(e + 1, a + 1);
  }
};

}  // namespace

std::vector<ConsoleCommand> console_commands(const std::string& text) {
  std::vector<ConsoleCommand> commands;
  std::size_t block = 0;
  bool in_command = false;     // the command's line ended in a backslash
  bool after_command = false;  // inside a block, behind its first command
  for (const Line& line : markdown_lines(text)) {
    const bool console = line.fence == "console" || line.fence == "console pending";
    if (!line.fenced || !console || line.text.starts_with("```")) {
      block += line.text.starts_with("```console") ? 1 : 0;
      after_command = false;
      continue;
    }
    if (in_command || line.text.starts_with("$ ")) {
      if (!in_command) {
        commands.push_back({"", {}, 0, block, line.fence == "console pending"});
      }
      ConsoleCommand& command = commands.back();
      command.command += in_command ? line.text : line.text.substr(2);
      in_command = command.command.ends_with('\\');
      if (in_command) {
        command.command.pop_back();
      }
      command.first = line.number + 1;
      after_command = true;
    } else if (after_command) {
      commands.back().expected.push_back(line.text);
    }
  }
  return commands;
}

bool same_line(const std::string& expected, const std::string& actual) {
  const Lines e = words_of(expected);
  const Lines a = words_of(actual);
  return std::equal(e.begin(), e.end(), a.begin(), a.end(), same_word);
}

std::optional<std::string> difference(const Lines& expected, const Lines& actual) {
  Matcher matcher{expected, actual};
  if (matcher.match(0, 0)) {
    return std::nullopt;
  }
  const auto line_or_end = [](const Lines& lines, std::size_t n) {
    return n < lines.size() ? "\"" + lines[n] + "\"" : "the end";
  };
  return "expected " + line_or_end(expected, matcher.furthest) + ", printed " +
         line_or_end(actual, matcher.furthest_actual);
}

Lines refreshed(const Lines& expected, const Lines& actual) {
  if (!difference(expected, actual)) {
    return expected;
  }
  Lines result;
  std::size_t next = 0;
  for (const std::string& line : expected) {
    if (is_ellipsis(line)) {
      result.push_back(line);
      continue;
    }
    while (next < actual.size() && skeleton(actual[next]) != skeleton(line)) {
      ++next;
    }
    if (next == actual.size()) {
      return actual;
    }
    result.push_back(actual[next++]);
  }
  return difference(result, actual) ? actual : result;
}

std::string with_output(const std::string& text, const ConsoleCommand& command,
                        const Lines& output) {
  Lines lines = split_lines(text);
  const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(command.first - 1);
  const auto after =
      lines.erase(begin, begin + static_cast<std::ptrdiff_t>(command.expected.size()));
  lines.insert(after, output.begin(), output.end());
  for (std::size_t n = command.first - 1; command.pending && n-- > 0;) {
    if (lines[n].starts_with("```")) {
      lines[n] = "```console";
      break;
    }
  }
  std::string result;
  for (const std::string& line : lines) {
    result += line + "\n";
  }
  return result;
}

}  // namespace impasto::docs
