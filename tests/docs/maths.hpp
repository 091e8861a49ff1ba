// Inline maths, $…$ and $`…`$, as GitHub shows it. Markdown is read first there and sees plain text
// between the dollars, so it may take a formula apart; and a dollar beside the wrong sign is no
// bracket at all. The rules are those of github/markup issues 1644 and 1742 and of the collection
// github.com/nschloe/github-math-bugs; where reports differ, the stricter one is kept to.
#pragma once

#include <string>
#include <vector>

namespace impasto::docs {

/// The inline formulas of a document that GitHub shows raw or changed, each as
/// "line N: FORMULA: WHY". Display formulas in ```math blocks are safe and are not looked at.
std::vector<std::string> garbled_maths(const std::string& text);

}  // namespace impasto::docs
