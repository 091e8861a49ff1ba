// HDF5 files, most of them Keras'. Each version of Keras nests and names its layers otherwise:
//   1  layer_12/param_0                          out × in × 3 × 3
//   1  block1_conv1/block1_conv1_W_1:0           3 × 3 × in × out, or Theano's out × in × 3 × 3
//   2  [model_weights/]block1_conv1/block1_conv1/kernel:0
//   3  layers/conv2d_4/vars/0
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/hdf5.hpp"
#include "weights/zip_archive.hpp"

namespace impasto {

namespace {

constexpr const char* kWeightsEntry = "model.weights.h5";

/// An open file that several loads share.
class Source {
 public:
  Source(Hdf5Handle file, std::string where)
      : file_(std::make_unique<Hdf5Handle>(std::move(file))), where_(std::move(where)) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  Source(Source&&) = delete;
  Source& operator=(Source&&) = delete;
  ~Source() {
    const Hdf5Session session;
    file_.reset();
  }

  [[nodiscard]] hid_t id() const { return file_->id(); }
  [[nodiscard]] const std::string& where() const { return where_; }

  [[nodiscard]] std::vector<float> read(const std::string& path) const {
    const Hdf5Session session(where_);
    return read_floats(open_floats(id(), path, where_), where_);
  }

 private:
  std::unique_ptr<Hdf5Handle> file_;
  std::string where_;
};

/// A short text attribute of a group, fixed or variable; "" when there is none.
std::string text_attribute(hid_t object, const char* name) {
  constexpr std::size_t kLongest = 64;
  const Hdf5Handle attribute(
      H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID, H5Aclose);
  const Hdf5Handle type(attribute.valid() ? H5Aget_type(attribute.id()) : H5I_INVALID_HID,
                        H5Tclose);
  const Hdf5Handle space(attribute.valid() ? H5Aget_space(attribute.id()) : H5I_INVALID_HID,
                         H5Sclose);
  if (!type.valid() || !space.valid() || H5Tget_class(type.id()) != H5T_STRING ||
      H5Sget_simple_extent_npoints(space.id()) != 1) {
    return "";
  }
  if (H5Tis_variable_str(type.id()) > 0) {
    char* text = nullptr;
    if (H5Aread(attribute.id(), type.id(), &text) < 0 || text == nullptr) {
      return "";
    }
    std::string copy = std::string(text).substr(0, kLongest);
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, &text);
    return copy;
  }
  const std::size_t size = H5Tget_size(type.id());
  std::string text(std::min(size, kLongest), '\0');
  if (size > kLongest || H5Aread(attribute.id(), type.id(), text.data()) < 0) {
    return "";
  }
  return text.substr(0, text.find('\0'));
}

bool has_keras1_names(const std::vector<NamedTensor>& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const NamedTensor& tensor) {
    return tensor.name.ends_with("param_0") || tensor.name.ends_with("_W") ||
           tensor.name.find("_W_") != std::string::npos;
  });
}

/// Theano convolves where all others correlate, so what Keras saved with it has its kernels turned.
/// The file says so in its attribute or its name; the first Keras ran on Theano alone.
bool made_by_theano(hid_t file, const std::vector<NamedTensor>& tensors, const std::string& path) {
  if (kernels_lead(tensors) || path.find("tf_kernels") != std::string::npos) {
    return false;
  }
  const std::string backend = text_attribute(file, "backend");
  return backend == "theano" || path.find("th_kernels") != std::string::npos ||
         (backend.empty() && has_keras1_names(tensors));
}

/// Keras calls the first layer of a kind conv2d and the next conv2d_1: it becomes conv2d_0.
void number_first_layers(std::vector<NamedTensor>& tensors) {
  std::set<std::string> paths;
  for (const NamedTensor& tensor : tensors) {
    for (std::size_t dot = tensor.name.find('.'); dot != std::string::npos;
         dot = tensor.name.find('.', dot + 1)) {
      paths.insert(tensor.name.substr(0, dot));
    }
  }
  for (NamedTensor& tensor : tensors) {
    for (std::size_t dot = tensor.name.find('.'); dot != std::string::npos;
         dot = tensor.name.find('.', dot + 1)) {
      if (paths.contains(tensor.name.substr(0, dot) + "_1")) {
        tensor.name.insert(dot, "_0");
        break;
      }
    }
  }
}

TensorList list(const std::shared_ptr<const Source>& source) {
  TensorList found;
  found.in_order = false;
  for (const FloatArray& array : list_floats(source->id(), source->where())) {
    std::string name = array.path;
    std::replace(name.begin(), name.end(), '/', '.');
    found.tensors.push_back(
        {std::move(name), array.shape, [source, path = array.path] { return source->read(path); }});
  }
  found.turned = made_by_theano(source->id(), found.tensors, source->where());
  number_first_layers(found.tensors);
  return found;
}

}  // namespace

TensorList list_hdf5(const std::string& path) {
  const Hdf5Session session(path);
  return list(std::make_shared<Source>(open_hdf5(path), path));
}

TensorList list_keras_archive(const std::string& path) {
  const ZipArchive archive(path);
  const std::string entry = archive.find_ending(kWeightsEntry);
  std::vector<std::byte> bytes(static_cast<std::size_t>(archive.size_of_entry(entry).value_or(0)));
  archive.read(entry, 0, bytes);
  const Hdf5Session session(path);
  return list(std::make_shared<Source>(open_hdf5_image(bytes, path), path));
}

}  // namespace impasto
