// Which weights a run uses: their names, and a line for people.
#pragma once

#include <string>

#include "impasto/weights.hpp"

namespace impasto {

/// "weights: weights/vgg19-caffe.h5, vgg19 to pool5, caffe"; for a checkpoint also what was
/// inferred from it.
std::string weights_line(const NetworkWeights& weights, const std::string& source);

/// Whether the weights are no file: "oriented", "random:7".
bool is_built_in_memory(const std::string& weights);

/// A weights file by its absolute path; the name of a network built in memory as it is.
std::string absolute_weights(const std::string& weights);

/// "caffe" or "torchvision"
std::string family_name(WeightFamily family);

}  // namespace impasto
