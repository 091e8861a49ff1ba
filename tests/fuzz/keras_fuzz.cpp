// HDF5 files of Keras and other programs, and .keras archives.
#include "fuzz/hdf5_crashes.hpp"
#include "fuzz/scratch_file.hpp"
#include "fuzz/target.hpp"
#include "fuzz/tensors.hpp"
#include "weights/checkpoint_readers.hpp"

IMPASTO_FUZZ_TARGET(keras) {
  impasto::fuzz::end_at_crashes_of_libhdf5();
  const impasto::fuzz::ScratchFile file(bytes);
  if (bytes.starts_with("PK")) {
    impasto::fuzz::read_tensors([&] { return impasto::list_keras_archive(file.path()); });
  } else {
    impasto::fuzz::read_tensors([&] { return impasto::list_hdf5(file.path()); });
  }
}
