// Content loss at one tap: the statistic is the feature map itself, with N = channels, M =
// positions, w = weight:
//
//   sum        L = w   Σ (F − P)²            dL/dF = 2w (F − P)
//   half-sum   L = w/2 Σ (F − P)²            dL/dF =  w (F − P)
//   mean       L = w/(N·M) Σ (F − P)²        dL/dF = 2w/(N·M) (F − P)
//
// Every form is c · Σ (F − P)² with its own c. Gatys, Ecker & Bethge 2016, equation 1, is half-sum.
#pragma once

#include <memory>

#include "losses/statistic.hpp"

namespace impasto {

/// The form's c for w = 1.
double content_factor(ContentLoss form, const Shape& feature);

std::unique_ptr<Statistic> content_statistic(ContentLoss form);

}  // namespace impasto
