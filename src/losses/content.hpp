// Content loss at one tap, with N = channels, M = positions, w = weight:
//
//   sum        L = w   Σ (F − P)²            dL/dF = 2w (F − P)
//   half-sum   L = w/2 Σ (F − P)²            dL/dF =  w (F − P)
//   mean       L = w/(N·M) Σ (F − P)²        dL/dF = 2w/(N·M) (F − P)
//
// Every form is c · Σ (F − P)² with its own c. Gatys, Ecker & Bethge 2016, equation 1, is half-sum.
#pragma once

#include "backend/backend.hpp"

namespace impasto {

/// The form's c for w = 1.
double content_factor(ContentLoss form, const Shape& feature);

/// value = L; dfeature = or += dL/dF. `target` (P) has the feature's shape.
inline void content_loss(Backend& backend, ContentLoss form, double weight, const Tensor& feature,
                         const Tensor& target, Scalar value, const Tensor& dfeature,
                         bool accumulate) {
  backend.squared_difference(weight * content_factor(form, feature.shape), feature, target, value,
                             dfeature, accumulate);
}

}  // namespace impasto
