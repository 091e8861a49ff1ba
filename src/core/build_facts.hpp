// What only the build system knows. One small source holds it, so that a commit compiles little
// anew.
#pragma once

namespace impasto {

/// "impasto 0.1.0".
const char* program_and_version();
/// The first twelve digits of the commit that was built, or "unknown".
const char* built_commit();
/// CMake's, as "Release".
const char* build_type();
/// What the CUDA backend could not be built without, as "nvcc, cudnn.h"; empty where it was built.
const char* missing_for_cuda();
/// The folders where weights lie in the checkout that was built and in its installation. Empty in a
/// build that has neither, as the fuzzers.
const char* weights_folder_of_source();
const char* weights_folder_of_installation();

}  // namespace impasto
