// What each loss contributes to the gradient at the pixels, and what other choices would.
#pragma once

#include "explain/explanation.hpp"
#include "explain/watch.hpp"

namespace impasto {

/// Every loss term alone at the record's last stop: fills in shares, cosines and weight_choices.
/// The gradient is linear in the losses: the terms' gradients add up to the run's.
void study_shares(const ScaleParts& parts, const WatchedRun& record, Explanation& explanation);

/// The pixel gradient with the style taps before or after ReLU instead, and with the other pooling:
/// fills in alternatives.
void study_alternatives(const ScaleParts& parts, const WatchedRun& record,
                        Explanation& explanation);

}  // namespace impasto
