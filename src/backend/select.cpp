#include "backend/select.hpp"

#include "backend/cpu/cpu_backend.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

/// "OpenBLAS 0.3.21, oneDNN 2.6.3"
std::string library_list() {
  std::string text;
  for (const auto& [library, version] : library_versions()) {
    text.append(text.empty() ? "" : ", ").append(library).append(" ").append(version);
  }
  return text;
}

}  // namespace

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
  selected.threads = options.threads > 0 ? options.threads : available_cpu_threads();
  selected.description = selected.backend->description();
  if (options.device == DeviceKind::kAuto) {
    selected.description += " (built without CUDA)";
  }
  return selected;
}

std::vector<std::string> describe_devices() {
  const int threads = available_cpu_threads();
  return {"cpu: " + std::to_string(threads) + (threads == 1 ? " core" : " cores") + ", fp32, " +
              library_list(),
          "cuda: cannot be used: this build has no CUDA backend"};
}

std::map<std::string, std::string> library_versions() {
  return cpu_library_versions();
}

std::string backend_versions() {
  return "cpu (" + library_list() + "), reference";
}

}  // namespace impasto
