// One reader for each kind of checkpoint. All list what is there; values are read when a tensor's
// `load` is called.
#pragma once

#include <string>

#include "weights/vgg_in_tensors.hpp"

namespace impasto {

/// Zip of `<prefix>/data.pkl` and `<prefix>/data/<key>`, as torch.save writes it since 1.6. Throws
/// InputError.
TensorList list_torch_zip(const std::string& path);

/// Five pickles and then the storages, as torch.save wrote it before, torchvision's own VGGs too.
/// Throws InputError.
TensorList list_torch_legacy(const std::string& path);

/// JSON header and raw tensors. Throws InputError.
TensorList list_safetensors(const std::string& path);

/// An HDF5 file of Keras 1, 2 or 3, weights alone or a whole model, or of any other program.
/// Kernels in Theano's order are marked as turned when the file tells that Theano's convolution
/// made them. Throws InputError.
TensorList list_hdf5(const std::string& path);

/// A .keras archive: a zip that holds model.weights.h5. Throws InputError.
TensorList list_keras_archive(const std::string& path);

}  // namespace impasto
