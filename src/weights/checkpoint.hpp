// Networks out of the checkpoints that other programs write. No code of theirs is ever run.
#pragma once

#include <optional>
#include <string>

#include "impasto/weights.hpp"

namespace impasto {

/// What a file looks like from its first bytes.
enum class FileKind {
  kTorchZip,
  kTorchLegacy,
  kSafetensors,
  kHdf5,
  kKerasArchive,
  kWeightsFile,
  kUnknown
};

/// Throws InputError only when the file cannot be read at all.
FileKind sniff(const std::string& path);

/// Name for people: "PyTorch checkpoint (zip)".
std::string describe(FileKind kind);

/// Throws the InputError that names what the file is instead of weights, and the remedy.
[[noreturn]] void refuse_as_weights(const std::string& path);

/// Reads the VGG of a .pth or .pt (zip and legacy), .safetensors, Keras .h5 or .keras file,
/// wherever it stands in it and however its layers are named; all else is stepped over and never
/// comes into memory. `key` chooses among several networks (see find_vgg). `family` says how the
/// network's input was normalised; without it, it is judged (see judge_family). `notes` of the
/// result say what was inferred. Throws InputError for anything that is no such network.
NetworkWeights read_checkpoint(const std::string& path, std::optional<WeightFamily> family,
                               const std::string& key = "");

}  // namespace impasto
