#include "support/backends.hpp"

#include <algorithm>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/reference/reference_backend.hpp"

namespace impasto {

const std::vector<BackendUnderTest>& backends_under_test() {
  static const std::vector<BackendUnderTest> backends{
      {"reference-f64", [] { return make_reference_backend<double>(); }, 1e-12},
      {"reference-f32", [] { return make_reference_backend<float>(); }, 1e-5},
      {"cpu", [] { return make_cpu_backend(0); }, 1e-5}};
  return backends;
}

// GoogleTest looks for this name.
void PrintTo(const BackendUnderTest& backend,
             std::ostream* stream) {  // NOLINT(readability-identifier-naming)
  *stream << backend.name;
}

std::string backend_test_name(const BackendUnderTest& backend) {
  std::string name = backend.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace impasto
