// What the targets of the checkpoint readers share.
#pragma once

#include <functional>

#include "weights/vgg_in_tensors.hpp"

namespace impasto::fuzz {

/// Lists a file's tensors, reads the values of the first ones, and looks for a network. Each step
/// may answer with an error.
void read_tensors(const std::function<TensorList()>& list);

}  // namespace impasto::fuzz
