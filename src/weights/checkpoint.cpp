#include "weights/checkpoint.hpp"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <set>
#include <string_view>

#include "core/file_signature.hpp"
#include "core/trial.hpp"
#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/input_file.hpp"
#include "weights/known_family.hpp"
#include "weights/topology.hpp"
#include "weights/vgg_in_tensors.hpp"
#include "weights/weights_file.hpp"
#include "weights/zip_archive.hpp"

namespace impasto {

namespace {

/// Eight bytes of header size, then the JSON object.
bool looks_like_safetensors(const std::string& head, std::uint64_t file_size) {
  std::uint64_t header = 0;
  std::memcpy(&header, head.data(), head.size() < sizeof header ? 0 : sizeof header);
  return head.size() > sizeof header && head[sizeof header] == '{' && header < file_size;
}

/// TorchScript's archives hold a data.pkl too, of a program's objects, and the program beside it.
FileKind kind_of_zip(const std::string& path) {
  const ZipArchive archive(path);
  const auto is_code = [](std::string_view name) {
    return name.ends_with("constants.pkl") || name.find("/code/") != std::string_view::npos;
  };
  if (archive.any_entry(is_code)) {
    return FileKind::kUnknown;
  }
  const auto ends_in = [&](std::string_view ending) {
    return archive.any_entry([&](std::string_view name) { return name.ends_with(ending); });
  };
  if (ends_in("model.weights.h5")) {
    return FileKind::kKerasArchive;
  }
  return ends_in("data.pkl") ? FileKind::kTorchZip : FileKind::kUnknown;
}

TensorList list_tensors(const std::string& path, FileKind kind) {
  switch (kind) {
    case FileKind::kTorchZip:
      return list_torch_zip(path);
    case FileKind::kTorchLegacy:
      return list_torch_legacy(path);
    case FileKind::kSafetensors:
      return list_safetensors(path);
    case FileKind::kHdf5:
      return list_hdf5(path);
    case FileKind::kKerasArchive:
      return list_keras_archive(path);
    case FileKind::kWeightsFile:
      throw InputError("already an impasto weights file", path, "use it with --weights");
    case FileKind::kUnknown:
      break;
  }
  refuse_as_weights(path);
}

/// Keras' VGGs are the authors' own, caffe's. HDF5 files of other programs keep PyTorch's order.
WeightFamily usual_family(FileKind kind, const TensorList& list) {
  const bool hdf5 = kind == FileKind::kHdf5 || kind == FileKind::kKerasArchive;
  return hdf5 && (list.turned || kernels_lead(list.tensors)) ? WeightFamily::kCaffe
                                                             : WeightFamily::kTorchvision;
}

std::string name_of(WeightFamily family) {
  return family == WeightFamily::kCaffe ? "caffe" : "torchvision";
}

void decide_family(NetworkWeights& network, std::optional<WeightFamily> family,
                   WeightFamily usual) {
  const JudgedFamily judged =
      family ? JudgedFamily{*family, "as --family says"} : judge_family(network, usual);
  set_family(network, judged.family);
  network.notes.push_back("family " + name_of(judged.family) + ": " + judged.reason +
                          (family ? "" : "; --family decides otherwise"));
}

}  // namespace

namespace {

/// Everything that is read of such a file, values too.
void read_through(const std::string& path, FileKind kind) {
  if (kind == FileKind::kHdf5 && is_weights_file(path)) {
    read_weights_file(path);
    return;
  }
  const TensorList list = kind == FileKind::kHdf5 ? list_hdf5(path) : list_keras_archive(path);
  for (const NamedTensor& tensor : list.tensors) {
    tensor.load();
  }
}

/// libhdf5 1.10 crashes on some damaged files: each is read in a child process first, once. Throws
/// InputError where that crashes.
void require_harmless_hdf5(const std::string& path, FileKind kind) {
  static std::mutex mutex;
  static std::set<std::string> harmless;
  const std::scoped_lock lock(mutex);
  if (harmless.contains(path)) {
    return;
  }
  if (!survives([&] { read_through(path, kind); })) {
    throw InputError("the file is damaged in a way that crashes libhdf5", path,
                     "download or save it again");
  }
  harmless.insert(path);
}

}  // namespace

FileKind sniff(const std::string& path) {
  InputFile file(path);
  const std::string head = file.head(16);
  if (head.starts_with("\x89HDF\r\n\x1a\n")) {
    require_harmless_hdf5(path, FileKind::kHdf5);
    return is_weights_file(path) ? FileKind::kWeightsFile : FileKind::kHdf5;
  }
  if (head.starts_with("PK\x03\x04")) {
    const FileKind kind = kind_of_zip(path);
    if (kind == FileKind::kKerasArchive) {
      require_harmless_hdf5(path, kind);
    }
    return kind;
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
    case FileKind::kHdf5:
      return "Keras checkpoint (HDF5)";
    case FileKind::kKerasArchive:
      return "Keras model (.keras)";
    case FileKind::kWeightsFile:
      return "impasto weights file (HDF5)";
    case FileKind::kUnknown:
      break;
  }
  return "unknown";
}

void refuse_as_weights(const std::string& path) {
  if (const auto known = recognise(InputFile(path).head(kSignatureBytes))) {
    const bool foreign = known->family == FileFamily::kWeights;
    throw InputError("this is " + std::string(known->name) +
                         (foreign ? ", which is not read here" : ", not weights"),
                     path,
                     known->family == FileFamily::kPicture
                         ? "name a .pth, .pt, .safetensors, Keras .h5 or .keras"
                         : std::string(known->remedy));
  }
  throw InputError("not a checkpoint of any known kind", path,
                   "known are .pth, .pt, .safetensors, Keras .h5 and .keras");
}

NetworkWeights read_checkpoint(const std::string& path, std::optional<WeightFamily> family,
                               const std::string& key) {
  const FileKind kind = sniff(path);
  const TensorList list = list_tensors(path, kind);
  VggInTensors vgg = find_vgg(list, key, path);
  NetworkWeights network;
  network.convolutions = std::move(vgg.convolutions);
  network.notes = std::move(vgg.notes);
  if (list.turned) {
    network.notes.emplace_back(
        "kernels turned by 180 degrees, taken for those of Theano, which convolves");
  }
  set_structure(network);
  network.source = std::filesystem::path(path).filename().string();
  network.source_sha256 = sha256_of_file(path);
  check_network(network, path);
  decide_family(network, family, usual_family(kind, list));
  return network;
}

}  // namespace impasto
