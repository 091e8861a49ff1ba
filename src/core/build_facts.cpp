#include "core/build_facts.hpp"

namespace impasto {

const char* program_and_version() {
  return "impasto " IMPASTO_VERSION;
}

const char* built_commit() {
  return IMPASTO_COMMIT;
}

const char* build_type() {
  return IMPASTO_BUILD_TYPE;
}

const char* missing_for_cuda() {
  return IMPASTO_CUDA_MISSING;
}

const char* weights_folder_of_source() {
  return IMPASTO_SOURCE_WEIGHTS;
}

const char* weights_folder_of_installation() {
  return IMPASTO_INSTALL_WEIGHTS;
}

}  // namespace impasto
