// The VGG among the tensors of a file, wherever it stands and however it is named.
#pragma once

#include <string>
#include <vector>

#include "impasto/weights.hpp"
#include "weights/stored_tensor.hpp"

namespace impasto {

/// What a container holds. A tensor's name is its whole path, parts joined by dots:
/// "checkpoint.model.features.0.weight".
struct TensorList {
  std::vector<NamedTensor> tensors;  ///< as they follow each other in the file
  bool in_order = true;  ///< whether that order is the program's own; safetensors sorts by name
  bool turned = false;   ///< kernels are stored turned by 180°, as Theano convolves
};

/// Whether kernels are height × width × in × out, as TensorFlow's are, rather than out × in ×
/// height × width, as PyTorch's and Theano's are.
bool kernels_lead(const std::vector<NamedTensor>& tensors);

struct VggInTensors {
  std::string key;  ///< the path that all its layers share; "." for the top level
  std::vector<ConvolutionWeights> convolutions;
  std::vector<std::string> notes;  ///< what was inferred, a line each
};

/// Finds the run of tensors that forms a VGG: 3 × 3 convolutions, each with its bias, the first of
/// three channels, each further one of as many as the one before gives. A run is a list of layers
/// whose names differ in their numbers only, or else all layers under one path. Runs of the same
/// values count once; the optimiser's copies do not count. `key` chooses among several by their
/// path or what it begins with; "" chooses none. Throws InputError when there is no such run, when
/// there are several left, which it lists by key, and when the run has batch normalisation.
VggInTensors find_vgg(const TensorList& list, const std::string& key, const std::string& where);

}  // namespace impasto
