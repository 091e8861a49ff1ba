// Checkpoints of interrupted runs, with the command line's record in them. Each gets the digest of
// its bytes first: without, no changed byte would get past that one check.
#include <string>

#include "cli/run_record.hpp"
#include "fuzz/scratch_file.hpp"
#include "fuzz/target.hpp"
#include "impasto/transfer.hpp"
#include "transfer/checkpoint_seal.hpp"

IMPASTO_FUZZ_TARGET(checkpoint) {
  std::string sealed(bytes);
  impasto::seal(sealed);
  const impasto::fuzz::ScratchFile file(sealed);
  impasto::fuzz::answer([&] {
    impasto::is_checkpoint_file(file.path());
    const impasto::Checkpoint checkpoint = impasto::read_checkpoint_file(file.path());
    impasto::options_of(impasto::parse_record(checkpoint.settings, "input"), "input");
  });
}
