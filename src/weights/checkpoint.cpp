#include "weights/checkpoint.hpp"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/input_file.hpp"
#include "weights/topology.hpp"
#include "weights/weights_file.hpp"

namespace impasto {

namespace {

/// Eight bytes of header size, then the JSON object.
bool looks_like_safetensors(const std::string& head, std::uint64_t file_size) {
  std::uint64_t header = 0;
  std::memcpy(&header, head.data(), head.size() < sizeof header ? 0 : sizeof header);
  return head.size() > sizeof header && head[sizeof header] == '{' && header < file_size;
}

std::vector<ConvolutionWeights> read_convolutions(const std::string& path, FileKind kind) {
  switch (kind) {
    case FileKind::kTorchZip:
      return convolutions_of(list_torch_zip(path), path);
    case FileKind::kTorchLegacy:
      return convolutions_of(list_torch_legacy(path), path);
    case FileKind::kSafetensors:
      return convolutions_of(list_safetensors(path), path);
    case FileKind::kKeras:
      return read_keras(path);
    case FileKind::kWeightsFile:
      throw InputError("already an impasto weights file", path, "use it with --weights");
    case FileKind::kUnknown:
      break;
  }
  throw InputError("not a checkpoint of any known kind", path,
                   "known are .pth, .pt, .safetensors and Keras .h5");
}

}  // namespace

FileKind sniff(const std::string& path) {
  InputFile file(path);
  const std::string head = file.head(16);
  if (head.starts_with("\x89HDF\r\n\x1a\n")) {
    return is_weights_file(path) ? FileKind::kWeightsFile : FileKind::kKeras;
  }
  if (head.starts_with("PK\x03\x04")) {
    return FileKind::kTorchZip;
  }
  if (looks_like_safetensors(head, file.size())) {
    return FileKind::kSafetensors;
  }
  // PROTO and a protocol from 2 on; safetensors' header size could begin alike and was asked first.
  if (head.size() > 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5) {
    return FileKind::kTorchLegacy;
  }
  return FileKind::kUnknown;
}

std::string describe(FileKind kind) {
  switch (kind) {
    case FileKind::kTorchZip:
      return "PyTorch checkpoint (zip)";
    case FileKind::kTorchLegacy:
      return "PyTorch checkpoint (legacy)";
    case FileKind::kSafetensors:
      return "safetensors checkpoint";
    case FileKind::kKeras:
      return "Keras checkpoint (HDF5)";
    case FileKind::kWeightsFile:
      return "impasto weights file (HDF5)";
    case FileKind::kUnknown:
      break;
  }
  return "unknown";
}

NetworkWeights read_checkpoint(const std::string& path, std::optional<WeightFamily> family) {
  const FileKind kind = sniff(path);
  NetworkWeights network;
  network.convolutions = read_convolutions(path, kind);
  set_structure(network);
  set_family(network, family.value_or(kind == FileKind::kKeras ? WeightFamily::kCaffe
                                                               : WeightFamily::kTorchvision));
  network.source = std::filesystem::path(path).filename().string();
  network.source_sha256 = sha256_of_file(path);
  check_network(network, path);
  return network;
}

}  // namespace impasto
