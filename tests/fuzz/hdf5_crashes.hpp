// libhdf5 1.10 follows wild pointers on some damaged files. The program reads each file in a child
// process first, and refuses one on which that crashes (src/core/trial.hpp). A fuzzer has one
// process.
#pragma once

namespace impasto::fuzz {

/// Ends this fuzzer, without a finding, at a crash whose stack leads from libhdf5 without anything
/// of impasto's above it.
void end_at_crashes_of_libhdf5();

}  // namespace impasto::fuzz
