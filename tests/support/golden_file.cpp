#include "support/golden_file.hpp"

#include <hdf5.h>

#include <stdexcept>
#include <utility>

namespace impasto {
namespace {

static_assert(sizeof(hid_t) == sizeof(std::int64_t));

/// An HDF5 handle with the function that releases it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  /// Throws with `what` where the library refused to make the handle.
  Handle(hid_t id, Close close, const std::string& what) : id_(id), close_(close) {
    if (id < 0) {
      throw std::runtime_error("golden file: no " + what);
    }
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle(Handle&&) = delete;
  Handle& operator=(Handle&&) = delete;
  ~Handle() { close_(id_); }

  [[nodiscard]] hid_t id() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

/// The library prints its error stack by default; a missing name is reported once, by our
/// exception.
class SilentErrors {
 public:
  SilentErrors() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  SilentErrors(const SilentErrors&) = delete;
  SilentErrors& operator=(const SilentErrors&) = delete;
  SilentErrors(SilentErrors&&) = delete;
  SilentErrors& operator=(SilentErrors&&) = delete;
  ~SilentErrors() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

void require(bool done, const std::string& what) {
  if (!done) {
    throw std::runtime_error("golden file: cannot read " + what);
  }
}

/// A handle's `open` and its `close` are named together at each place that opens one.
Handle open_dataset(hid_t file, const std::string& name) {
  return {H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose, "dataset " + name};
}

Handle open_group(hid_t file, const std::string& name) {
  return {H5Gopen2(file, name.c_str(), H5P_DEFAULT), H5Gclose, "group " + name};
}

Handle open_attribute(hid_t file, const std::string& object, const std::string& name) {
  return {H5Aopen_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
          "attribute " + name + " of " + object};
}

/// Text of a variable-length string attribute, which the library allocates and we give back.
std::string variable_text(hid_t attribute, hid_t type, const std::string& what) {
  char* text = nullptr;
  require(H5Aread(attribute, type, static_cast<void*>(&text)) >= 0, what);
  std::string result = text == nullptr ? "" : text;
  H5free_memory(text);
  return result;
}

std::string fixed_text(hid_t attribute, hid_t type, const std::string& what) {
  std::string result(H5Tget_size(type), '\0');
  require(H5Aread(attribute, type, result.data()) >= 0, what);
  return result.substr(0, result.find('\0'));
}

/// Names directly inside a group that are of `kind`, in the order of their names.
std::vector<std::string> names_of(hid_t file, const std::string& group, H5O_type_t kind) {
  const Handle handle = open_group(file, group);
  H5G_info_t info;
  require(H5Gget_info(handle.id(), &info) >= 0, "group " + group);
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto name_at = [&](char* buffer, std::size_t size) {
      return H5Lget_name_by_idx(handle.id(), ".", H5_INDEX_NAME, H5_ITER_INC, i, buffer, size,
                                H5P_DEFAULT);
    };
    const ssize_t length = name_at(nullptr, 0);
    require(length >= 0, "group " + group);
    std::string name(static_cast<std::size_t>(length), '\0');
    require(name_at(name.data(), name.size() + 1) >= 0, "group " + group);
    const Handle child{H5Oopen(handle.id(), name.c_str(), H5P_DEFAULT), H5Oclose, name};
    const H5I_type_t type = H5Iget_type(child.id());
    if (type == (kind == H5O_TYPE_GROUP ? H5I_GROUP : H5I_DATASET)) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace

GoldenFile::GoldenFile(std::int64_t file, std::string path) : file_(file), path_(std::move(path)) {}

GoldenFile::GoldenFile(GoldenFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)), path_(std::move(other.path_)) {}

GoldenFile& GoldenFile::operator=(GoldenFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(path_, other.path_);
  return *this;
}

GoldenFile::~GoldenFile() {
  if (file_ >= 0) {
    H5Fclose(file_);
  }
}

GoldenFile GoldenFile::open(const std::string& path) {
  const SilentErrors silent;
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) {
    throw std::runtime_error("golden file: cannot open " + path);
  }
  return {file, path};
}

std::vector<std::int64_t> GoldenFile::shape(const std::string& dataset) const {
  const SilentErrors silent;
  const Handle data = open_dataset(file_, dataset);
  const Handle space{H5Dget_space(data.id()), H5Sclose, "shape of " + dataset};
  const int rank = H5Sget_simple_extent_ndims(space.id());
  require(rank >= 0, "shape of " + dataset);
  std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
  return {extent.begin(), extent.end()};
}

std::vector<double> GoldenFile::values(const std::string& dataset) const {
  std::size_t count = 1;
  for (const std::int64_t extent : shape(dataset)) {
    count *= static_cast<std::size_t>(extent);
  }
  const SilentErrors silent;
  const Handle data = open_dataset(file_, dataset);
  std::vector<double> result(count);
  require(H5Dread(data.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, result.data()) >= 0,
          "dataset " + dataset);
  return result;
}

double GoldenFile::number(const std::string& object, const std::string& attribute) const {
  const SilentErrors silent;
  const std::string what = "number " + attribute + " of " + object;
  const Handle handle = open_attribute(file_, object, attribute);
  const Handle space{H5Aget_space(handle.id()), H5Sclose, what};
  require(H5Sget_simple_extent_npoints(space.id()) == 1, what);
  double value = 0;
  require(H5Aread(handle.id(), H5T_NATIVE_DOUBLE, &value) >= 0, what);
  return value;
}

std::string GoldenFile::text(const std::string& object, const std::string& attribute) const {
  const SilentErrors silent;
  const std::string what = "text " + attribute + " of " + object;
  const Handle handle = open_attribute(file_, object, attribute);
  const Handle type{H5Aget_type(handle.id()), H5Tclose, what};
  require(H5Tget_class(type.id()) == H5T_STRING, what);
  return H5Tis_variable_str(type.id()) > 0 ? variable_text(handle.id(), type.id(), what)
                                           : fixed_text(handle.id(), type.id(), what);
}

bool GoldenFile::has(const std::string& object, const std::string& attribute) const {
  const SilentErrors silent;
  return H5Aexists_by_name(file_, object.c_str(), attribute.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> GoldenFile::groups(const std::string& group) const {
  const SilentErrors silent;
  return names_of(file_, group, H5O_TYPE_GROUP);
}

std::vector<std::string> GoldenFile::datasets(const std::string& group) const {
  const SilentErrors silent;
  return names_of(file_, group, H5O_TYPE_DATASET);
}

std::int64_t GoldenFile::stride(const std::string& dataset) const {
  return static_cast<std::int64_t>(number(dataset, "stride"));
}

}  // namespace impasto
