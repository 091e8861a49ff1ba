// Checkpoints of interrupted runs, with the command line's record in them.
#include "cli/run_record.hpp"
#include "fuzz/scratch_file.hpp"
#include "fuzz/target.hpp"
#include "impasto/transfer.hpp"

IMPASTO_FUZZ_TARGET(checkpoint) {
  const impasto::fuzz::ScratchFile file(bytes);
  impasto::fuzz::answer([&] {
    impasto::is_checkpoint_file(file.path());
    const impasto::Checkpoint checkpoint = impasto::read_checkpoint_file(file.path());
    impasto::options_of(impasto::parse_record(checkpoint.settings, "input"), "input");
  });
}
