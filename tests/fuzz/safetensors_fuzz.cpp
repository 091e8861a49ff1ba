// safetensors: a JSON header and raw tensors.
#include "fuzz/scratch_file.hpp"
#include "fuzz/target.hpp"
#include "fuzz/tensors.hpp"
#include "weights/checkpoint_readers.hpp"

IMPASTO_FUZZ_TARGET(safetensors) {
  const impasto::fuzz::ScratchFile file(bytes);
  impasto::fuzz::read_tensors([&] { return impasto::list_safetensors(file.path()); });
}
