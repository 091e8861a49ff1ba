// Which convolutions of a VGG stand between the same two poolings. Checkpoints hold no poolings:
// names, numbers or widths have to tell.
#pragma once

#include <string>
#include <vector>

#include "impasto/weights.hpp"
#include "weights/layer_names.hpp"

namespace impasto {

/// Sets `block` and `index` of the convolutions, which stand in network order and have the names
/// `names`, and says in a few words what told them: "told by the numbers in the layers' names".
///
/// torchvision numbers every module, so convolutions of one block are 2 apart and 3 across a
/// pooling; lists of lists and names like conv3_1 carry the block itself. What such names say is
/// taken when it begins like a VGG. Otherwise a block ends where the widths change, and the last
/// width, which VGGs have in two blocks, is divided as the block before it; or the number of
/// convolutions tells.
std::string assign_blocks(std::vector<ConvolutionWeights>& convolutions,
                          const std::vector<LayerName>& names);

}  // namespace impasto
