#include "docs/commands.hpp"

#include <algorithm>
#include <array>
#include <regex>

#include "docs/markdown.hpp"

namespace impasto::docs {
namespace {

std::string without_comment(const std::string& line) {
  static const std::regex kComment(R"((^|\s+)#\s.*$)");
  return std::regex_replace(line, kComment, "");
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  return begin == std::string::npos
             ? ""
             : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

/// Code spans of one paragraph, on one line each.
void add_spans(const std::string& paragraph, std::size_t line, std::vector<UserCommand>& spans) {
  static const std::regex kSpan("`([^`]+)`");
  for (std::sregex_iterator match(paragraph.begin(), paragraph.end(), kSpan);
       match != std::sregex_iterator(); ++match) {
    std::string code = (*match)[1];
    std::replace(code.begin(), code.end(), '\n', ' ');
    spans.push_back({line, 0, trimmed(code)});
  }
}

std::vector<UserCommand> code_spans(const std::string& document) {
  std::vector<UserCommand> spans;
  std::string paragraph;
  std::size_t first = 0;
  for (const Line& line : markdown_lines(document)) {
    const bool goes_on = !line.fenced && !line.text.empty() && !line.text.starts_with('|');
    if (!goes_on) {
      add_spans(paragraph, first, spans);
      paragraph.clear();
      if (!line.fenced) {
        add_spans(line.text, line.number, spans);
      }
      continue;
    }
    first = paragraph.empty() ? line.number : first;
    paragraph += line.text + "\n";
  }
  add_spans(paragraph, first, spans);
  return spans;
}

/// "impasto inspect FILE", not "impasto inspect" or "tools/demo.sh", which only name something.
bool is_call(const std::string& code) {
  static const std::regex kCall(R"((impasto \w+|(tools|benchmarks)/\S+\.(sh|py)) \S.*)");
  return std::regex_match(code, kCall);
}

}  // namespace

std::vector<UserCommand> user_commands(const std::string& document) {
  std::vector<UserCommand> commands;
  std::size_t block = 0;
  bool goes_on = false;
  for (const Line& line : markdown_lines(document)) {
    const bool mark = line.text.starts_with("```");
    block += mark ? 1 : 0;
    const bool picture = line.fence == "console picture";
    if (!line.fenced || mark || !(line.fence.empty() || picture)) {
      continue;
    }
    const std::string text = without_comment(line.text).substr(picture && !goes_on ? 2 : 0);
    if (!goes_on) {
      commands.push_back({line.number, block, ""});
    }
    goes_on = text.ends_with('\\');
    commands.back().text +=
        goes_on ? trimmed(text.substr(0, text.size() - 1)) + " " : trimmed(text);
    if (commands.back().text.empty()) {
      commands.pop_back();
    }
  }
  for (UserCommand& span : code_spans(document)) {
    if (is_call(span.text)) {
      span.block = ++block;
      commands.push_back(span);
    }
  }
  return commands;
}

bool is_known_fence(const std::string& info) {
  static const std::array<std::string, 7> kKnown{
      "", "text", "math", "cpp", "console", "console picture", "console pending"};
  return std::find(kKnown.begin(), kKnown.end(), info) != kKnown.end();
}

std::vector<Piece> pieces_of(const std::string& command) {
  std::vector<Piece> pieces(1);
  char quote = 0;
  for (std::size_t at = 0; at < command.size(); ++at) {
    const char letter = command[at];
    if (quote == 0 && (letter == ';' || letter == '|' || letter == '&')) {
      const bool twice = at + 1 < command.size() && command[at + 1] == letter;
      pieces.back().cut = std::string(twice ? 2 : 1, letter);
      at += twice ? 1 : 0;
      pieces.emplace_back();
      continue;
    }
    if (letter == '\'' || letter == '"') {
      quote = quote == letter ? '\0' : quote == 0 ? letter : quote;
    }
    pieces.back().text += letter;
  }
  return pieces;
}

std::string first_word(const std::string& piece) {
  const std::string text = trimmed(piece);
  return text.substr(0, text.find(' '));
}

std::vector<std::string> options_in(const std::string& text) {
  static const std::regex kOption(R"((^|[^-\w])(--[a-z][a-z0-9-]*))");
  std::vector<std::string> options;
  for (std::sregex_iterator match(text.begin(), text.end(), kOption);
       match != std::sregex_iterator(); ++match) {
    if (std::find(options.begin(), options.end(), (*match)[2]) == options.end()) {
      options.push_back((*match)[2]);
    }
  }
  return options;
}

std::vector<std::string> options_in_prose(const std::string& document) {
  std::string code;
  for (const UserCommand& span : code_spans(document)) {
    code += span.text + "\n";
  }
  return options_in(code);
}

}  // namespace impasto::docs
