// Networks out of the checkpoints that other programs write. No code of theirs is ever run.
#pragma once

#include <optional>
#include <string>

#include "impasto/weights.hpp"

namespace impasto {

/// What a file looks like from its first bytes.
enum class FileKind { kTorchZip, kTorchLegacy, kSafetensors, kKeras, kWeightsFile, kUnknown };

/// Throws InputError only when the file cannot be read at all.
FileKind sniff(const std::string& path);

/// Name for people: "PyTorch checkpoint (zip)".
std::string describe(FileKind kind);

/// Reads the convolutions of a VGG from a .pth or .pt (zip and legacy), .safetensors, or Keras .h5
/// file; classifier layers are stepped over and never come into memory. `family` says how the
/// network's input was normalised; without it Keras files are caffe, all others torchvision. Throws
/// InputError for anything that is no such network.
NetworkWeights read_checkpoint(const std::string& path, std::optional<WeightFamily> family);

}  // namespace impasto
