// --balance: loss weights that do not depend on how large a network's features are.
//
// g_content and g_style are the pixel gradients of the weighted content and style losses at a
// picture that was blurred (to a quarter of its size and back), |.| their L2 norms.
#pragma once

#include "impasto/options.hpp"
#include "transfer/scale_walk.hpp"

namespace impasto {

/// The style weight at which |g_style| = ratio · |g_content| at `picture` (normalised) blurred. The
/// losses' own weights are left as they were. Throws UsageError when one of the gradients is zero.
double balanced_style_weight(Backend& backend, ScaleWalk& walk, const Image& picture, double ratio);

/// A style layer's gradient is no smaller than this, as a share of the largest one's.
constexpr double kLeastStyleShare = 0.1;

/// The ratio that --balance auto aims at with these options.
double automatic_ratio(const TransferOptions& options);

/// --balance auto: raises the weights of style layers that would count for nothing, and sets
/// content and style weight. With g_l the pixel gradient of style term l at `picture` blurred:
///
///   v_l := v_l · max(1, kLeastStyleShare · max_k |g_k| / |g_l|)
///   |g_content| = the losses' content weight
///   |g_style| = ratio · |g_content|
///
/// so that neither the sizes of features nor how they differ from layer to layer matter. A term
/// without a gradient there is left as it is. The losses keep the weights of terms; the others are
/// returned. Throws UsageError when content or style have no gradient.
LossWeights automatic_weights(Backend& backend, ScaleWalk& walk, const Image& picture,
                              double ratio);

}  // namespace impasto
