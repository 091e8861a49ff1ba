#include "support/paths.hpp"

#include <cstdlib>

namespace impasto {
namespace {

std::string or_environment(const char* variable, const char* built_in) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : built_in;
}

}  // namespace

std::string test_data() {
  return or_environment("IMPASTO_TEST_DATA", IMPASTO_TEST_DATA);
}

std::string sample_pictures() {
  return or_environment("IMPASTO_SAMPLES", IMPASTO_SAMPLES);
}

std::string program_path() {
  return or_environment("IMPASTO_PROGRAM", IMPASTO_PROGRAM);
}

std::string fail_call_library() {
  return or_environment("IMPASTO_FAIL_CALL", IMPASTO_FAIL_CALL);
}

}  // namespace impasto
