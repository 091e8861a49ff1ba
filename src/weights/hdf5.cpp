#include "weights/hdf5.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <limits>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <string_view>

#include "core/shortage.hpp"
#include "impasto/error.hpp"
#include "weights/input_file.hpp"

namespace impasto {

namespace {

/// Of a whole file.
constexpr std::size_t kMaxLinks = 4096;
/// With less memory than this left nothing is begun.
constexpr std::size_t kModest = std::size_t{16} << 20U;
/// Keras' models nest their layers' groups some ten deep.
constexpr std::size_t kMaxDepth = 32;

std::recursive_mutex& hdf5_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// What the HDF5 library was refused since the outermost session began.
struct Refused {
  int sessions = 0;
  bool memory = false;
  int reason = 0;  ///< an errno
};
Refused& refused() {
  static Refused instance;  // guarded by hdf5_mutex
  return instance;
}

/// Looks at one entry of HDF5's own list of what led to a failure.
herr_t look_for_refusal(unsigned /*depth*/, const H5E_error2_t* error, void* /*data*/) noexcept {
  if (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC) {
    refused().memory = true;
  }
  constexpr std::string_view kErrno = "errno = ";
  const std::string_view text = error->desc != nullptr ? error->desc : "";
  if (const std::size_t at = text.find(kErrno); at != std::string_view::npos) {
    const char* const number = text.data() + at + kErrno.size();
    std::from_chars(number, text.data() + text.size(), refused().reason);
  }
  return 0;
}

/// HDF5 calls it whenever one of its functions fails, in place of printing.
herr_t note_failure(hid_t stack, void* /*data*/) noexcept {
  H5Ewalk2(stack, H5E_WALK_UPWARD, look_for_refusal, nullptr);
  return 0;
}

/// Throws where HDF5 failed because it was refused memory, descriptors or the file. A damaged file
/// may make it ask for more memory than anybody has: then there is some left.
void throw_if_refused(const std::string& where) {
  if (refused().memory) {
    require_memory_left(kModest, where);
  }
  throw_if_exhausted(refused().reason, where);
  if (refused().reason == EACCES || refused().reason == EIO) {
    throw_unreadable(where, refused().reason);
  }
}

[[noreturn]] void damaged(const std::string& what, const std::string& where) {
  throw_if_refused(where);
  throw InputError(what, where,
                   "the HDF5 file is damaged or of another kind; get it again or convert it anew");
}

/// Collects a link's name. A positive result ends the walk early.
herr_t collect(hid_t, const char* name, const H5L_info_t* info, void* data) noexcept {
  auto& names = *static_cast<std::vector<std::string>*>(data);
  if (info->type != H5L_TYPE_HARD || names.size() >= kMaxLinks) {
    return 1;
  }
  try {
    names.emplace_back(name);
    return 0;
  } catch (const std::bad_alloc&) {
    refused().memory = true;
    return 1;
  }
}

/// Whether the parent holds an object of that name itself, rather than a link to elsewhere.
bool is_hard_link(hid_t parent, const std::string& name) {
  H5L_info_t info;
  return H5Lget_info(parent, name.c_str(), &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}

/// Every component of a path within the file.
bool are_hard_links(hid_t parent, const std::string& path) {
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    if (!is_hard_link(parent, path.substr(0, end))) {
      return false;
    }
    if (end == std::string::npos) {
      return true;
    }
  }
}

/// The shape of a float data set of 1 to 4 axes. None for anything else.
std::optional<std::vector<std::int64_t>> float_shape(hid_t file, const std::string& path) {
  const Hdf5Handle dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle type(dataset.valid() ? H5Dget_type(dataset.id()) : H5I_INVALID_HID, H5Tclose);
  if (!type.valid() || H5Tget_class(type.id()) != H5T_FLOAT) {
    return std::nullopt;
  }
  const Hdf5Handle space(H5Dget_space(dataset.id()), H5Sclose);
  const int rank = space.valid() ? H5Sget_simple_extent_ndims(space.id()) : -1;
  std::array<hsize_t, 4> sizes{};
  if (rank < 1 || rank > 4 ||
      H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr) != rank) {
    return std::nullopt;
  }
  return std::vector<std::int64_t>(sizes.begin(), sizes.begin() + rank);
}

std::vector<std::int64_t> shape_of(hid_t dataset, const std::string& name,
                                   const std::string& where) {
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
  hsize_t sizes[4] = {};
  const int rank = space.valid() ? H5Sget_simple_extent_ndims(space.id()) : -1;
  if (rank < 1 || rank > 4 || H5Sget_simple_extent_dims(space.id(), sizes, nullptr) != rank) {
    damaged(name + " is no array of 1 to 4 axes", where);
  }
  std::vector<std::int64_t> shape;
  for (int axis = 0; axis < rank; ++axis) {
    if (sizes[axis] > std::numeric_limits<std::int32_t>::max()) {
      damaged(name + " declares an impossible shape", where);
    }
    shape.push_back(static_cast<std::int64_t>(sizes[axis]));
  }
  return shape;
}

/// Elements of the shape; at most 2^31 each, so that 4 of them overflow no double.
double elements_of(const std::vector<std::int64_t>& shape) {
  double elements = 1;
  for (const std::int64_t size : shape) {
    elements *= static_cast<double>(size);
  }
  return elements;
}

/// Bytes of the file that an object lies in.
double size_of_file(hid_t object) {
  const Hdf5Handle file(H5Iget_file_id(object), H5Fclose);
  hsize_t bytes = 0;
  return file.valid() && H5Fget_filesize(file.id(), &bytes) >= 0 ? static_cast<double>(bytes) : 0;
}

/// Only Fletcher32 may stand between the file and the values: nothing that expands.
bool has_checksum(hid_t properties, const std::string& name, const std::string& where) {
  const int filters = H5Pget_nfilters(properties);
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags,
                                               &values, nullptr, 0, nullptr, nullptr);
    if (filter != H5Z_FILTER_FLETCHER32) {
      damaged(name + " is compressed", where);
    }
  }
  return filters > 0;
}

/// Chunks are read whole: none may be larger than what the file holds of the data set.
void check_chunks(hid_t properties, double stored, double element, const std::string& name,
                  const std::string& where) {
  hsize_t sizes[4] = {};
  const int rank = H5Pget_chunk(properties, 4, sizes);
  double bytes = element;
  for (int axis = 0; axis < std::min(rank, 4); ++axis) {
    bytes *= static_cast<double>(sizes[axis]);
  }
  if (rank < 1 || rank > 4 || bytes > stored) {
    damaged(name + " is stored in impossible pieces", where);
  }
}

/// Throws unless the declared values are in this file, all of them.
bool check_storage(hid_t dataset, const std::string& name, const std::vector<std::int64_t>& shape,
                   const std::string& where) {
  const Hdf5Handle type(H5Dget_type(dataset), H5Tclose);
  const Hdf5Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!type.valid() || !properties.valid() || H5Tget_class(type.id()) != H5T_FLOAT) {
    damaged(name + " holds no floats", where);
  }
  const H5D_layout_t layout = H5Pget_layout(properties.id());
  const auto element = static_cast<double>(H5Tget_size(type.id()));
  const auto stored = static_cast<double>(H5Dget_storage_size(dataset));
  const double file = size_of_file(dataset);
  const bool plain = layout == H5D_CHUNKED || layout == H5D_CONTIGUOUS || layout == H5D_COMPACT;
  if (!plain || H5Pget_external_count(properties.id()) != 0 ||
      stored < elements_of(shape) * element || stored > file) {
    damaged(name + " declares values that the file does not hold", where);
  }
  if (layout == H5D_CHUNKED) {
    check_chunks(properties.id(), stored, element, name, where);
  }
  return has_checksum(properties.id(), name, where);
}

/// Walks through the groups of a file, each once, by the names of what they hold. HDF5's own walk,
/// H5Lvisit, goes as deep as a file says, by recursion.
class FloatWalk {
 public:
  FloatWalk(hid_t file, const std::string& where) : file_(file), where_(where) {
    is_new("/");
    enter("", 0);
  }

  std::vector<FloatArray> arrays() {
    std::vector<FloatArray> found;
    while (!pending_.empty()) {
      const auto [path, depth] = std::move(pending_.back());
      pending_.pop_back();
      const Hdf5Handle object(H5Oopen(file_, path.c_str(), H5P_DEFAULT), H5Oclose);
      const H5I_type_t type = object.valid() ? H5Iget_type(object.id()) : H5I_BADID;
      if (type == H5I_GROUP && is_new(path)) {
        enter(path, depth);
      } else if (type == H5I_DATASET) {
        if (auto shape = float_shape(file_, path)) {
          found.push_back({path, std::move(*shape)});
        }
      } else if (type == H5I_BADID) {
        throw_if_refused(where_);
      }
    }
    return found;
  }

 private:
  struct Link {
    std::string path;
    std::size_t depth = 0;  ///< groups above it
  };

  /// Notes what a group holds; the first one goes last onto the stack.
  void enter(const std::string& path, std::size_t depth) {
    if (depth >= kMaxDepth) {
      damaged("its groups nest too deep", where_);
    }
    const Hdf5Handle group(H5Gopen2(file_, path.empty() ? "/" : path.c_str(), H5P_DEFAULT),
                           H5Gclose);
    const std::vector<std::string> names = names_in(group.id(), where_);
    links_ += names.size();
    if (links_ > kMaxLinks) {
      damaged("a group is damaged or holds too many links", where_);
    }
    for (std::size_t n = names.size(); n-- > 0;) {
      pending_.push_back({path.empty() ? names[n] : path + "/" + names[n], depth + 1});
    }
  }

  /// Whether the group was not met before under another name.
  bool is_new(const std::string& path) {
    H5G_stat_t status{};
    return H5Gget_objinfo(file_, path.c_str(), 0, &status) >= 0 &&
           met_.insert({status.objno[0], status.objno[1]}).second;
  }

  hid_t file_;
  const std::string& where_;
  std::vector<Link> pending_;
  std::set<std::array<unsigned long, 2>> met_;
  std::size_t links_ = 0;
};

}  // namespace

Hdf5Session::Hdf5Session() {
  begin();
}

Hdf5Session::Hdf5Session(const std::string& path) {
  require_memory_left(kModest, path);
  begin();
}

void Hdf5Session::begin() {
  hdf5_mutex().lock();
  if (refused().sessions++ == 0) {
    refused().memory = false;
    refused().reason = 0;
  }
  // Every handle here is closed; HDF5's own clean-up at exit complains aloud about files that were
  // damaged.
  [[maybe_unused]] static const herr_t once = H5dont_atexit();
  // Otherwise a file could name a filter and have a library loaded from a folder of plug-ins.
  H5PLset_loading_state(0);
  H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
  H5Eset_auto2(H5E_DEFAULT, note_failure, nullptr);
}

Hdf5Session::~Hdf5Session() {
  H5Eset_auto2(H5E_DEFAULT, print_, data_);
  --refused().sessions;
  hdf5_mutex().unlock();
}

Hdf5Handle try_open_hdf5(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return {H5I_INVALID_HID, H5Fclose};
  }
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
  // Reading needs no lock, and network file systems may refuse one.
  H5Pset_file_locking(access.id(), 0, 1);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!file.valid()) {
    throw_if_refused(path);
  }
  return file;
}

Hdf5Handle open_hdf5(const std::string& path) {
  static_cast<void>(InputFile(path));  // says why it cannot be read
  Hdf5Handle file = try_open_hdf5(path);
  if (!file.valid()) {
    damaged("not an HDF5 file, or a truncated one", path);
  }
  return file;
}

Hdf5Handle open_hdf5_image(std::vector<std::byte>& bytes, const std::string& where) {
  constexpr std::size_t kGrowth = std::size_t{1} << 20U;
  require_memory_left(2 * bytes.size(), where);  // HDF5 makes two copies
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  Hdf5Handle file(H5I_INVALID_HID, H5Fclose);
  if (H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG) >= 0 &&
      H5Pset_fapl_core(access.id(), kGrowth, 0) >= 0 &&
      H5Pset_file_image(access.id(), bytes.data(), bytes.size()) >= 0) {
    return {H5Fopen("impasto-image", H5F_ACC_RDONLY, access.id()), H5Fclose};
  }
  damaged("the HDF5 file in it cannot be opened", where);
}

Hdf5Handle open_group(hid_t parent, const std::string& name, const std::string& where) {
  if (name != "/" && !are_hard_links(parent, name)) {
    damaged("the group " + name + " is missing or links to elsewhere", where);
  }
  Hdf5Handle group(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose);
  if (!group.valid()) {
    damaged("cannot open the group " + name, where);
  }
  return group;
}

std::vector<std::string> names_in(hid_t group, const std::string& where) {
  std::vector<std::string> names;
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect, &names) != 0) {
    damaged("a group is damaged or links to elsewhere", where);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<FloatArray> list_floats(hid_t file, const std::string& where) {
  return FloatWalk(file, where).arrays();
}

FloatDataset open_floats(hid_t parent, const std::string& name, const std::string& where) {
  if (!are_hard_links(parent, name)) {
    damaged(name + " is missing or links to elsewhere", where);
  }
  Hdf5Handle handle(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!handle.valid()) {
    damaged("cannot open " + name, where);
  }
  auto shape = shape_of(handle.id(), name, where);
  const bool checksummed = check_storage(handle.id(), name, shape, where);
  return {std::move(handle), name, std::move(shape), checksummed};
}

std::vector<float> read_floats(const FloatDataset& dataset, const std::string& where) {
  std::vector<float> values(static_cast<std::size_t>(elements_of(dataset.shape)));
  if (H5Dread(dataset.handle.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) <
      0) {
    damaged(dataset.name + " is damaged: its checksum does not match, or the file is truncated",
            where);
  }
  return values;
}

}  // namespace impasto
