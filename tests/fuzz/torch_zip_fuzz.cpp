// Zip checkpoints of PyTorch, and with them the zip archive itself.
#include "fuzz/scratch_file.hpp"
#include "fuzz/target.hpp"
#include "fuzz/tensors.hpp"
#include "weights/checkpoint.hpp"
#include "weights/checkpoint_readers.hpp"

IMPASTO_FUZZ_TARGET(torch_zip) {
  const impasto::fuzz::ScratchFile file(bytes);
  impasto::fuzz::answer([&] { impasto::sniff(file.path()); });
  impasto::fuzz::read_tensors([&] { return impasto::list_torch_zip(file.path()); });
}
