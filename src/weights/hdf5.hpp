// HDF5 with handles that release themselves and errors that are ours.
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace impasto {

/// While one lives, this thread alone uses HDF5 (the library need not be built for threads), HDF5
/// prints nothing and loads no plug-ins, whatever filters a file names.
class Hdf5Session {
 public:
  Hdf5Session();
  /// The same for reading or writing `path`. Throws MemoryError where little memory is left: HDF5
  /// 1.10 crashes when its first call is refused some.
  explicit Hdf5Session(const std::string& path);
  ~Hdf5Session();
  Hdf5Session(const Hdf5Session&) = delete;
  Hdf5Session& operator=(const Hdf5Session&) = delete;

 private:
  void begin();

  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// Owns an HDF5 identifier.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Hdf5Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(Hdf5Handle&&) = delete;
  ~Hdf5Handle() { close(); }

  [[nodiscard]] hid_t id() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }
  /// False when closing failed: for a file that is being written, on a full disk.
  bool close() noexcept { return !valid() || close_(std::exchange(id_, H5I_INVALID_HID)) >= 0; }

 private:
  hid_t id_;
  Close close_;
};

/// A data set of floats whose values really lie in the file: declared sizes are safe to allocate.
struct FloatDataset {
  Hdf5Handle handle;
  std::string name;
  std::vector<std::int64_t> shape;
  bool checksummed = false;
};

/// Opens a regular file for reading. The handle is invalid when that fails.
Hdf5Handle try_open_hdf5(const std::string& path);

/// Opens a file that lies in memory; the bytes are copied. Throws InputError when it is damaged.
Hdf5Handle open_hdf5_image(std::vector<std::byte>& bytes, const std::string& where);

/// Opens a file for reading. Throws InputError when it is missing, truncated or no HDF5 file.
Hdf5Handle open_hdf5(const std::string& path);

/// Opens the group that the file or group holds itself; links that lead elsewhere are refused.
Hdf5Handle open_group(hid_t parent, const std::string& name, const std::string& where);

/// Names of what lies in a group, sorted; links that lead elsewhere are refused. Throws InputError.
std::vector<std::string> names_in(hid_t group, const std::string& where);

/// A float array of 1 to 4 axes as the file declares it; nothing about its values is checked yet.
struct FloatArray {
  std::string path;  ///< "block1_conv1/kernel:0"
  std::vector<std::int64_t> shape;
};

/// All float arrays in the file, each group visited once, by name. Throws InputError when the file
/// is damaged or a link in it leads elsewhere.
std::vector<FloatArray> list_floats(hid_t file, const std::string& where);

/// Throws InputError when there is no such data set, or it is no float array of at most 4 axes that
/// is stored plainly.
FloatDataset open_floats(hid_t parent, const std::string& name, const std::string& where);

/// All values, row-major. Throws InputError when they are damaged.
std::vector<float> read_floats(const FloatDataset& dataset, const std::string& where);

}  // namespace impasto
