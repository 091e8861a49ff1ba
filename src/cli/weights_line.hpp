// Which weights a run uses, in one line.
#pragma once

#include <string>

#include "impasto/weights.hpp"

namespace impasto {

/// "weights: weights/vgg19-caffe.h5, vgg19 to pool5, caffe"; for a checkpoint also what was
/// inferred from it.
std::string weights_line(const NetworkWeights& weights, const std::string& source);

/// "caffe" or "torchvision"
std::string family_name(WeightFamily family);

}  // namespace impasto
