// What the losses compare with: features of the content picture, Gram matrices of the style
// pictures.
#pragma once

#include <vector>

#include "image/normalise.hpp"
#include "losses/losses.hpp"
#include "network/network.hpp"

namespace impasto {

/// Fills the content targets by one forward pass of `content` (a picture of the network's size)
/// through `network`.
void set_content_targets(Backend& backend, Network& network, const Tensor& content, Losses& losses);

/// Fills the style targets: A = Σ wᵢ Aᵢ over the style pictures (normalised, each of its own size),
/// each Gram matrix normalised with its own number of positions. `walk` gives taps, pooling and
/// padding; `blend` sums to 1.
void set_style_targets(PreparedNetwork& prepared, const WalkOptions& walk,
                       const std::vector<Image>& styles, const std::vector<double>& blend,
                       Losses& losses);

}  // namespace impasto
