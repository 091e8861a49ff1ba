// impasto's own weights files.
#include "fuzz/hdf5_crashes.hpp"
#include "fuzz/scratch_file.hpp"
#include "fuzz/target.hpp"
#include "impasto/weights.hpp"
#include "weights/weights_file.hpp"

IMPASTO_FUZZ_TARGET(weights_file) {
  impasto::fuzz::end_at_crashes_of_libhdf5();
  const impasto::fuzz::ScratchFile file(bytes);
  impasto::fuzz::answer([&] { impasto::is_weights_file(file.path()); });
  impasto::fuzz::answer([&] { impasto::read_weights_file(file.path()); });
}
