// The symbols of formulas, LaTeX in Markdown and <var> in the teaching report, as names that can be
// compared: "x", "alpha", "beta_1".
#pragma once

#include <set>
#include <string>
#include <vector>

namespace impasto::docs {

/// The symbols of a LaTeX formula: Latin and Greek letters, not words in \text or \mathrm, not
/// operators. Primes, hats and subscripts do not make another symbol, except a digit below a Greek
/// letter: \beta_1 is not \beta.
std::set<std::string> symbols_of(const std::string& latex);

/// The formulas of a Markdown document, $…$ and ```math.
std::vector<std::string> formulas_in(const std::string& document);

/// The symbols of the report's markup: what stands in <var>, and Greek letters of its formulas.
std::set<std::string> symbols_of_report(const std::string& html);

}  // namespace impasto::docs
