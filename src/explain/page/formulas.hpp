// The losses' formulas in the form that a run has them, as markup of a section (html.hpp).
#pragma once

#include <string>

#include "impasto/options.hpp"

namespace impasto {

/// L = α Σ ω content + β Σ ω style + τ TV
std::string total_formula();
/// content = … Σ (F − P)²
std::string content_formula(ContentLoss form);
/// G = … F Fᵀ
std::string gram_formula(GramForm form, StyleLoss loss);
/// style = … Σ (G − A)²
std::string style_formula(StyleLoss loss);
/// TV = ½ Σ …
std::string tv_formula();

}  // namespace impasto
