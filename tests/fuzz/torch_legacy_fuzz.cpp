// PyTorch's checkpoints of before 1.6: five pickles and the storages after them.
#include "fuzz/scratch_file.hpp"
#include "fuzz/target.hpp"
#include "fuzz/tensors.hpp"
#include "weights/checkpoint_readers.hpp"

IMPASTO_FUZZ_TARGET(torch_legacy) {
  const impasto::fuzz::ScratchFile file(bytes);
  impasto::fuzz::read_tensors([&] { return impasto::list_torch_legacy(file.path()); });
}
