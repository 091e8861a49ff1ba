#include "backend/select.hpp"

#include "backend/cpu/cpu_backend.hpp"
#include "impasto/error.hpp"

namespace impasto {

SelectedBackend select_backend(const TransferOptions& options) {
  if (options.device == DeviceKind::kCuda) {
    throw DeviceError("this build has no CUDA backend", "--device cuda",
                      "use --device cpu, or build where the CUDA toolkit and cuDNN are installed");
  }
  if (options.precision.value_or(Precision::kFp32) != Precision::kFp32) {
    throw UsageError("the CPU computes in fp32 only", "--precision", "leave --precision out");
  }
  SelectedBackend selected;
  selected.backend = make_cpu_backend(options.threads);
  selected.description = selected.backend->description();
  if (options.device == DeviceKind::kAuto) {
    selected.description += " (built without CUDA)";
  }
  return selected;
}

std::vector<std::string> describe_devices() {
  const int threads = available_cpu_threads();
  return {"cpu: " + std::to_string(threads) + (threads == 1 ? " core" : " cores") + ", fp32, " +
              cpu_library_versions(),
          "cuda: cannot be used: this build has no CUDA backend"};
}

std::string backend_versions() {
  return "cpu (" + cpu_library_versions() + "), reference";
}

}  // namespace impasto
