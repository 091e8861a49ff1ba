#include "docs/maths.hpp"

#include <regex>

#include "docs/markdown.hpp"

namespace impasto::docs {

std::vector<std::string> garbled_maths(const std::string& text) {
  static const std::regex kCode("`[^`]*`");
  static const std::regex kFormula(R"(\$([^$]+)\$)");
  static const std::regex kUnsafe(R"(\\[^A-Za-z]|[^A-Za-z0-9]_|\*)");
  std::vector<std::string> garbled;
  for (const Line& line : markdown_lines(text)) {
    if (line.fenced) {
      continue;
    }
    const std::string prose = std::regex_replace(line.text, kCode, "");
    for (std::sregex_iterator match(prose.begin(), prose.end(), kFormula);
         match != std::sregex_iterator(); ++match) {
      const std::string formula = (*match)[1];
      if (std::regex_search(formula, kUnsafe)) {
        garbled.push_back("line " + std::to_string(line.number) + ": " + formula);
      }
    }
  }
  return garbled;
}

}  // namespace impasto::docs
