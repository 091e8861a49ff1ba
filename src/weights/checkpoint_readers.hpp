// One reader for each kind of checkpoint. All list what is there; values are read when a tensor's
// `load` is called.
#pragma once

#include <string>
#include <vector>

#include "impasto/weights.hpp"
#include "weights/stored_tensor.hpp"

namespace impasto {

/// Zip of `<prefix>/data.pkl` and `<prefix>/data/<key>`, as torch.save writes it since 1.6. Throws
/// InputError.
std::vector<NamedTensor> list_torch_zip(const std::string& path);

/// Five pickles and then the storages, as torch.save wrote it before, torchvision's own VGGs too.
/// Throws InputError.
std::vector<NamedTensor> list_torch_legacy(const std::string& path);

/// JSON header and raw tensors. Throws InputError.
std::vector<NamedTensor> list_safetensors(const std::string& path);

/// `blockB_convC` groups of a Keras VGG16 or VGG19, with or without its top. Weights arrive as out
/// × in × 3 × 3. Throws InputError.
std::vector<ConvolutionWeights> read_keras(const std::string& path);

/// The convolutions among tensors that are named as torchvision names them: features.0.weight,
/// features.0.bias, …. Throws InputError when they are no VGG.
std::vector<ConvolutionWeights> convolutions_of(const std::vector<NamedTensor>& tensors,
                                                const std::string& where);

}  // namespace impasto
