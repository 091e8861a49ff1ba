// Inline maths, $…$, as GitHub shows it: Markdown is read first there.
#pragma once

#include <string>
#include <vector>

namespace impasto::docs {

/// The inline formulas that Markdown would garble: a backslash before punctuation loses its
/// backslash, and _ or * between signs may begin an emphasis. Display formulas (```math) are safe.
std::vector<std::string> garbled_maths(const std::string& text);

}  // namespace impasto::docs
