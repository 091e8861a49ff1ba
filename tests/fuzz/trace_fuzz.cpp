// Loss traces in CSV.
#include "fuzz/scratch_file.hpp"
#include "fuzz/target.hpp"
#include "report/trace_reader.hpp"

IMPASTO_FUZZ_TARGET(trace) {
  const impasto::fuzz::ScratchFile file(bytes);
  impasto::fuzz::answer([&] { impasto::read_trace(file.path()); });
}
