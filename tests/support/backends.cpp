#include "support/backends.hpp"

#include <algorithm>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda_plugin.hpp"
#include "backend/reference/reference_backend.hpp"
#ifdef IMPASTO_CUDA_EMULATION
#include "backend/cuda/cuda_backend.hpp"
#endif

namespace impasto {

const std::vector<BackendUnderTest>& backends_under_test() {
  static const std::vector<BackendUnderTest> backends = [] {
    std::vector<BackendUnderTest> list{
        {"reference-f64", [] { return make_reference_backend<double>(); }, 1e-12},
        {"reference-f32", [] { return make_reference_backend<float>(); }, 1e-5},
        {"cpu", [] { return make_cpu_backend(0); }, 1e-5}};
#ifdef IMPASTO_CUDA_EMULATION
    list.push_back({"cuda-emulated",
                    [] {
                      return cuda::make_backend({0, Precision::kFp32, true});
                    },
                    1e-5});
#endif
    if (why_no_cuda().empty()) {
      list.push_back({"cuda", [] { return make_cuda_backend({0, Precision::kFp32, true}); }, 1e-5});
    }
    return list;
  }();
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
