#include "docs/symbols.hpp"

#include <cctype>
#include <map>
#include <regex>

#include "docs/markdown.hpp"

namespace impasto::docs {
namespace {

/// Greek letters by their LaTeX names, as the report writes them.
const std::map<std::string, std::string>& greek_letters() {
  static const std::map<std::string, std::string> kLetters{
      {"alpha", "α"}, {"beta", "β"},  {"gamma", "γ"}, {"delta", "δ"},     {"epsilon", "ε"},
      {"eta", "η"},   {"kappa", "κ"}, {"mu", "μ"},    {"nu", "ν"},        {"lambda", "λ"},
      {"rho", "ρ"},   {"tau", "τ"},   {"sigma", "σ"}, {"omega", "ω"},     {"varphi", "φ"},
      {"Delta", "Δ"}, {"theta", "θ"}, {"xi", "ξ"},    {"nabla", "∇"},     {"phi", "ϕ"},
      {"pi", "π"},    {"psi", "ψ"},   {"zeta", "ζ"},  {"varepsilon", "ϵ"}};
  return kLetters;
}

void add_matches(const std::string& text, const std::regex& pattern,
                 std::vector<std::string>& found) {
  for (std::sregex_iterator match(text.begin(), text.end(), pattern);
       match != std::sregex_iterator(); ++match) {
    found.push_back((*match)[1]);
  }
}

}  // namespace

std::set<std::string> symbols_of(const std::string& latex) {
  static const std::regex kWords(
      R"(\\(text|mathrm|begin|end|operatorname)\s*\{[^}]*\}|\\mathsf\s*T)");
  static const std::regex kSymbol(R"(\\([A-Za-z]+)(_\d)?|([A-Za-z]))");
  const std::string plain = std::regex_replace(latex, kWords, " ");
  std::set<std::string> symbols;
  for (std::sregex_iterator match(plain.begin(), plain.end(), kSymbol);
       match != std::sregex_iterator(); ++match) {
    if ((*match)[3].matched) {
      symbols.insert((*match)[3]);
    } else if (greek_letters().contains((*match)[1])) {
      symbols.insert((*match)[1].str() + (*match)[2].str());
    }
  }
  return symbols;
}

std::vector<std::string> formulas_in(const std::string& document) {
  static const std::regex kCode(R"((^|[^$])`[^`]*`(?!\$))");
  static const std::regex kInline(R"(\$`?([^$]+?)`?\$)");
  std::vector<std::string> formulas;
  std::string display;
  std::string prose;
  for (const Line& line : markdown_lines(document)) {
    const bool mark = line.text.starts_with("```");
    display += line.fence == "math" && !mark ? line.text + "\n" : "";
    prose += line.fenced ? "" : std::regex_replace(line.text, kCode, "$1") + "\n";
  }
  formulas.push_back(display);
  add_matches(prose, kInline, formulas);
  return formulas;
}

std::set<std::string> symbols_of_report(const std::string& html) {
  static const std::regex kVar("<var>([^<]*)");
  static const std::regex kFormula("<p class=\"formula\">(.*?)</p>");
  std::vector<std::string> variables;
  add_matches(html, kVar, variables);
  std::set<std::string> symbols;
  for (const std::string& variable : variables) {
    // "dx" is a derivative; what is behind the letter is a hat or a subscript.
    const std::size_t at = variable.size() > 1 && variable.front() == 'd' ? 1 : 0;
    if (at < variable.size() && std::isalpha(static_cast<unsigned char>(variable[at])) != 0) {
      symbols.insert(variable.substr(at, 1));
    }
  }
  std::vector<std::string> formulas;
  add_matches(html, kFormula, formulas);
  for (const std::string& formula : formulas) {
    for (const auto& [name, letter] : greek_letters()) {
      for (std::size_t place = formula.find(letter); place != std::string::npos;
           place = formula.find(letter, place + 1)) {
        const std::string below = formula.substr(place + letter.size(), 3);
        symbols.insert(name + (below == "₁" ? "_1" : below == "₂" ? "_2" : ""));
      }
    }
  }
  return symbols;
}

}  // namespace impasto::docs
