#include "support/paths.hpp"

namespace impasto {

std::string test_data() {
  return IMPASTO_TEST_DATA;
}

std::string sample_pictures() {
  return IMPASTO_SAMPLES;
}

std::string program_path() {
  return IMPASTO_PROGRAM;
}

}  // namespace impasto
