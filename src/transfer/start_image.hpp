// Where the optimisation starts.
#pragma once

#include "image/normalise.hpp"
#include "impasto/options.hpp"
#include "transfer/sizes.hpp"

namespace impasto {

/// The initial image in the network's input space, of `size`. `content` and `style` are
/// display-space pictures of any size. Throws InputError when an init picture has not the output's
/// size `output`.
Image start_image(const TransferOptions& options, const Image& content, const Image& style,
                  const Normalisation& normalisation, const PixelSize& size,
                  const PixelSize& output);

}  // namespace impasto
