// Style loss at one tap by Gram matrices. F is the feature map as an N × M matrix, w the weight.
//
//   G = s F Fᵀ          raw: s = 1      positions: s = 1/M      elements: s = 1/(N·M)
//   L = w k Σ (G − A)²  sum: k = 1      mean: k = 1/N²          mean-per-element: k = 1/(N²·N·M)
//                       gatys: k = 1/(4 N² M²) on raw Gram matrices (Gatys, Ecker & Bethge 2016,
//                       equation 4)
//
// The gradient: dL/dG = 2wk (G − A), symmetric, and G_ab = s Σ_m F_am F_bm makes dL/dF = 2s (dL/dG)
// F, so
//
//   dL/dF = 4 w k s (G − A) F
//
// A, the style image's Gram matrix, is normalised with that image's own M.
#pragma once

#include <memory>

#include "losses/statistic.hpp"

namespace impasto {

/// The form's s. The gatys loss is defined on raw Gram matrices whatever `form` says.
double gram_factor(GramForm form, StyleLoss loss, const Shape& feature);

/// The form's k for the optimised picture's feature map.
double style_factor(StyleLoss loss, const Shape& feature);

std::unique_ptr<Statistic> gram_statistic(GramForm form, StyleLoss loss);

}  // namespace impasto
