#include "docs/maths.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <regex>

#include "docs/markdown.hpp"

namespace impasto::docs {
namespace {

/// What is read in one piece: a paragraph, a list's item, a table's row, a heading.
struct Block {
  std::size_t line = 0;  ///< number of its first line
  std::string text;
};

bool begins_block(const std::string& line) {
  static const std::regex kBegin(R"(^\s*(\||#|>|[-*+] |\d+[.)] ))");
  return std::regex_search(line, kBegin);
}

std::vector<Block> blocks_of(const std::string& text) {
  std::vector<Block> blocks;
  bool open = false;  // whether the next line may go on with the last block
  for (const Line& line : markdown_lines(text)) {
    const bool blank = line.text.find_first_not_of(" \t") == std::string::npos;
    if (line.fenced || blank) {
      open = false;
      continue;
    }
    if (!open || begins_block(line.text)) {
      blocks.push_back({line.number, line.text});
    } else {
      blocks.back().text += "\n" + line.text;
    }
    open = true;
  }
  return blocks;
}

bool is_letter_or_digit(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0;
}

bool is_space(char letter) {
  return std::isspace(static_cast<unsigned char>(letter)) != 0;
}

/// A formula as it stands in its block: text[begin, end) with its dollars.
struct Formula {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string inside;
  bool ticked = false;  ///< $`…`$: Markdown takes it for code and leaves it alone
};

/// The formula whose first dollar is at `begin`; its end is npos where it has none.
Formula formula_at(const std::string& text, std::size_t begin) {
  Formula formula{begin, std::string::npos, "", text.compare(begin, 2, "$`") == 0};
  const std::string close = formula.ticked ? "`$" : text.compare(begin, 2, "$$") == 0 ? "$$" : "$";
  const std::size_t from = begin + close.size();
  const std::size_t found = text.find(close, from);
  if (found != std::string::npos) {
    formula.inside = text.substr(from, found - from);
    formula.end = found + close.size();
  }
  return formula;
}

/// Every formula outside `code`; a dollar without a second one is a dollar.
std::vector<Formula> formulas_of(const std::string& text) {
  std::vector<Formula> formulas;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '`') {
      const std::size_t after = text.find_first_not_of('`', at);
      const std::string ticks = text.substr(at, after == std::string::npos ? after : after - at);
      const std::size_t close = text.find(ticks, at + ticks.size());
      at = (close == std::string::npos ? at : close) + ticks.size() - 1;
    } else if (text[at] == '$') {
      const Formula formula = formula_at(text, at);
      if (formula.end != std::string::npos) {
        formulas.push_back(formula);
        at = formula.end - 1;
      }
    }
  }
  return formulas;
}

/// Why the signs beside the dollars keep it from being a formula; empty where they do not.
std::string outside_fault(const std::string& text, const Formula& formula) {
  const char before = formula.begin == 0 ? ' ' : text[formula.begin - 1];
  const char after = formula.end == text.size() ? ' ' : text[formula.end];
  if (formula.ticked ? is_letter_or_digit(before) : !is_space(before)) {
    return "it stands right behind another sign";
  }
  if (is_letter_or_digit(after)) {
    return "a letter or digit stands right behind it";
  }
  return "";
}

/// Why Markdown, or GitHub's cleaning of HTML after it, changes the formula; empty where it does
/// not.
std::string inside_fault(const std::string& text, const Formula& formula) {
  static const std::regex kTag(R"(<\S|\S>)");
  static const std::regex kEscape(R"(\\[^A-Za-z])");
  static const std::regex kEmphasis(R"((^|[^A-Za-z0-9])_|\*|~)");
  static const std::regex kLink(R"(\]\s*[(\[])");
  const std::string& inside = formula.inside;
  if (inside.empty() || is_space(inside.front()) || is_space(inside.back())) {
    return "nothing or a space stands right inside its dollars";
  }
  if (inside.find('\n') != std::string::npos) {
    return "it goes on in the next line";
  }
  if (std::regex_search(inside, kTag)) {
    return "< or > without spaces around it is taken for a tag";
  }
  if (text.front() == '|' && inside.find('|') != std::string::npos) {
    return "| ends the table's cell";
  }
  if (formula.ticked) {
    return "";
  }
  if (std::regex_search(inside, kEscape)) {
    return "a backslash before a sign that is no letter is lost";
  }
  if (std::regex_search(inside, kEmphasis)) {
    return "_, * or ~ may begin an emphasis";
  }
  if (std::regex_search(inside, kLink)) {
    return "brackets are taken for a link";
  }
  return inside.find_first_of("%`") != std::string::npos ? "% and ` do not survive" : "";
}

}  // namespace

std::vector<std::string> garbled_maths(const std::string& text) {
  std::vector<std::string> garbled;
  for (const Block& block : blocks_of(text)) {
    for (const Formula& formula : formulas_of(block.text)) {
      const std::string outside = outside_fault(block.text, formula);
      const std::string fault = outside.empty() ? inside_fault(block.text, formula) : outside;
      if (!fault.empty()) {
        const auto lines =
            std::count(block.text.begin(),
                       block.text.begin() + static_cast<std::ptrdiff_t>(formula.begin), '\n');
        garbled.push_back("line " + std::to_string(block.line + static_cast<std::size_t>(lines)) +
                          ": " + formula.inside + ": " + fault);
      }
    }
  }
  return garbled;
}

}  // namespace impasto::docs
