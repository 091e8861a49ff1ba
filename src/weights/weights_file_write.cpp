#include <algorithm>
#include <filesystem>
#include <functional>
#include <span>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/weights.hpp"
#include "weights/hdf5.hpp"
#include "weights/topology.hpp"
#include "weights/weights_file.hpp"

namespace impasto {

namespace {

/// Chunks of about 1 MiB: large enough to be fast, small enough to tell where a file is damaged.
constexpr std::size_t kChunkElements = std::size_t{1} << 18U;

/// Thrown where the writing is to end, so that what was written so far goes as after any error.
struct Stopped {};

using StopRequested = std::function<bool()>;

void ask(const StopRequested& stop_requested) {
  if (stop_requested && stop_requested()) {
    throw Stopped();
  }
}

hid_t checked(hid_t id, const std::string& path) {
  if (id < 0) {
    throw InputError("cannot write the HDF5 file", path, "check that the disk has room");
  }
  return id;
}

/// Closing writes what is still in memory, and so may fail like any other write.
void close(Hdf5Handle& handle, const std::string& path) {
  if (!handle.close()) {
    checked(H5I_INVALID_HID, path);
  }
}

void write_attribute(hid_t object, const char* name, hid_t type, hid_t space, const void* value,
                     const std::string& path) {
  Hdf5Handle attribute(
      checked(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), path), H5Aclose);
  checked(H5Awrite(attribute.id(), type, value), path);
  close(attribute, path);
}

void write_text(hid_t object, const char* name, const std::string& text, const std::string& path) {
  const Hdf5Handle type(checked(H5Tcopy(H5T_C_S1), path), H5Tclose);
  checked(H5Tset_size(type.id(), text.size() + 1), path);
  checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), path);
  const Hdf5Handle scalar(H5Screate(H5S_SCALAR), H5Sclose);
  write_attribute(object, name, type.id(), scalar.id(), text.c_str(), path);
}

void write_integer(hid_t object, const char* name, std::int32_t value, const std::string& path) {
  const Hdf5Handle scalar(H5Screate(H5S_SCALAR), H5Sclose);
  write_attribute(object, name, H5T_STD_I32LE, scalar.id(), &value, path);
}

void write_triple(hid_t object, const char* name, const std::array<float, 3>& values,
                  const std::string& path) {
  const hsize_t size = values.size();
  const Hdf5Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  write_attribute(object, name, H5T_IEEE_F32LE, space.id(), values.data(), path);
}

void write_attributes(hid_t file, const NetworkWeights& network, const std::string& path) {
  const bool caffe = network.family == WeightFamily::kCaffe;
  write_integer(file, kVersionAttribute, kWeightsFormatVersion, path);
  write_text(file, "topology", network.topology, path);
  write_text(file, "family", caffe ? "caffe" : "torchvision", path);
  write_text(file, "channel_order", network.order == ChannelOrder::kBgr ? "bgr" : "rgb", path);
  write_triple(file, "mean", network.mean, path);
  write_triple(file, "std", network.std, path);
  write_integer(file, "pool_after_last_block", network.pool_after_last_block ? 1 : 0, path);
  write_integer(file, "calibrate", network.calibrate ? 1 : 0, path);
  // A name, not a path: nobody else needs to know where it lay.
  write_text(file, "source", std::filesystem::path(network.source).filename().string(), path);
  write_text(file, "source_sha256", network.source_sha256, path);
}

/// Equal chunks, so that the last one is not mostly padding.
hsize_t filters_per_chunk(hsize_t filters, std::size_t elements) {
  const hsize_t chunks = std::clamp<hsize_t>(elements / kChunkElements, 1, filters);
  return (filters + chunks - 1) / chunks;
}

void write_floats(hid_t group, const char* name, std::span<const hsize_t> shape,
                  const std::vector<float>& values, const std::string& path) {
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  chunk[0] = filters_per_chunk(shape[0], values.size());
  const auto rank = static_cast<int>(shape.size());
  const Hdf5Handle space(H5Screate_simple(rank, shape.data(), nullptr), H5Sclose);
  const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  checked(H5Pset_chunk(properties.id(), rank, chunk.data()), path);
  checked(H5Pset_fletcher32(properties.id()), path);
  Hdf5Handle dataset(checked(H5Dcreate2(group, name, H5T_IEEE_F32LE, space.id(), H5P_DEFAULT,
                                        properties.id(), H5P_DEFAULT),
                             path),
                     H5Dclose);
  checked(H5Dwrite(dataset.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
          path);
  close(dataset, path);
}

void write_convolution(hid_t file, const ConvolutionWeights& convolution, const std::string& path) {
  Hdf5Handle group(
      checked(H5Gcreate2(file, convolution.name().c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
              path),
      H5Gclose);
  const auto filters = static_cast<hsize_t>(convolution.out_channels);
  const std::array<hsize_t, 4> shape{filters, static_cast<hsize_t>(convolution.in_channels), 3, 3};
  write_floats(group.id(), "weight", shape, convolution.weight, path);
  write_floats(group.id(), "bias", std::span(&filters, 1), convolution.bias, path);
  close(group, path);
}

/// `path`: what the user calls the file, for messages.
void write_file_at(const std::string& name, const NetworkWeights& network, const std::string& path,
                   const StopRequested& stop_requested) {
  const Hdf5Session session(path);
  // The newest object format checksums the metadata too, as the older ones do not.
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  checked(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V110, H5F_LIBVER_V110), path);
  checked(H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG), path);
  Hdf5Handle file(checked(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), path),
                  H5Fclose);
  write_attributes(file.id(), network, path);
  for (const auto& convolution : network.convolutions) {
    ask(stop_requested);
    write_convolution(file.id(), convolution, path);
  }
  close(file, path);
}

bool same_values(const NetworkWeights& a, const NetworkWeights& b) {
  return std::equal(a.convolutions.begin(), a.convolutions.end(), b.convolutions.begin(),
                    b.convolutions.end(), [](const auto& one, const auto& other) {
                      return one.weight == other.weight && one.bias == other.bias;
                    });
}

/// Reads what was written, checksums included, before it replaces anything.
void verify(const std::string& file, const NetworkWeights& network, const std::string& path) {
  bool same = false;
  try {
    same = same_values(read_weights_file(file), network);
  } catch (const MemoryError&) {  // it names the file that nobody knows
    throw MemoryError("not enough memory to read back what was written", path,
                      "end other programs, or raise the limit (ulimit -v)");
  } catch (const InputError&) {
    same = false;
  }
  if (!same) {
    throw InputError("what was written reads back otherwise", path,
                     "check the disk; the file that was there before is as it was");
  }
}

}  // namespace

bool write_weights_file(const std::string& path, const NetworkWeights& weights,
                        const StopRequested& stop_requested) {
  check_network(weights, path);
  try {
    // HDF5 looks for the real name of what it opens.
    write_atomically_by_name(path, [&](const std::string& file) {
      write_file_at(file, weights, path, stop_requested);
      ask(stop_requested);
      verify(file, weights, path);
      ask(stop_requested);
    });
  } catch (const Stopped&) {
    return false;
  }
  return true;
}

}  // namespace impasto
