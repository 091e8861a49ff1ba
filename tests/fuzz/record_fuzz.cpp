// The command line's record alone: in a checkpoint it stands in JSON within JSON, which a fuzzer
// seldom gets right.
#include "cli/run_record.hpp"
#include "fuzz/target.hpp"

IMPASTO_FUZZ_TARGET(record) {
  impasto::fuzz::answer(
      [&] { impasto::options_of(impasto::parse_record(std::string(bytes), "input"), "input"); });
}
