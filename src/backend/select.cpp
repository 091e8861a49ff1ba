#include "backend/select.hpp"

#include <algorithm>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda_plugin.hpp"
#include "core/processors.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

/// "OpenBLAS 0.3.21, oneDNN 2.6.3"
std::string list_of(const std::map<std::string, std::string>& versions) {
  std::string text;
  for (const auto& [library, version] : versions) {
    text.append(text.empty() ? "" : ", ").append(library).append(" ").append(version);
  }
  return text;
}

/// False for a device that is not there, which making its backend tells.
bool computes_in_fp32_only(int device) {
  const std::vector<bool>& fp32_only = cuda_devices().fp32_only;
  const auto index = static_cast<std::size_t>(device);
  return index < fp32_only.size() && fp32_only[index];
}

Choosing choosing_of(const TransferOptions& options) {
  return options.deterministic ? Choosing::kByRule : Choosing::kByClock;
}

SelectedBackend select_cuda(const TransferOptions& options, int device) {
  SelectedBackend selected;
  const Precision usual = computes_in_fp32_only(device) ? Precision::kFp32 : Precision::kTf32;
  selected.precision = options.precision.value_or(usual);
  selected.backend =
      make_cuda_backend({device, selected.precision, options.graph, "", "", choosing_of(options)});
  selected.threads = available_processors();
  selected.device_name = cuda_devices().names[static_cast<std::size_t>(device)];
  selected.description = selected.backend->description();
  return selected;
}

/// The first device that can be used; there is one.
int first_cuda_device() {
  const std::vector<std::string>& names = cuda_devices().names;
  const auto usable =
      std::find_if(names.begin(), names.end(), [](const auto& name) { return !name.empty(); });
  return static_cast<int>(usable - names.begin());
}

}  // namespace

SelectedBackend select_backend(const TransferOptions& options) {
  if (options.device == DeviceKind::kCuda) {
    return select_cuda(options, options.device_index);
  }
  std::string obstacle;
  if (options.device == DeviceKind::kAuto) {
    obstacle = why_no_cuda();
    if (obstacle.empty()) {
      return select_cuda(options, first_cuda_device());
    }
  }
  if (options.precision.value_or(Precision::kFp32) != Precision::kFp32) {
    throw UsageError("the CPU computes in fp32 only", "--precision", "leave --precision out");
  }
  SelectedBackend selected;
  selected.precision = Precision::kFp32;
  selected.backend = make_cpu_backend(options.threads, choosing_of(options));
  selected.threads = threads_of(*selected.backend);
  selected.description = selected.backend->description();
  if (options.device == DeviceKind::kAuto) {
    selected.description += " (no CUDA device found: " + obstacle + ")";
  }
  return selected;
}

std::vector<std::string> describe_devices() {
  const int threads = available_processors();
  std::vector<std::string> lines{"cpu: " + std::to_string(threads) +
                                 (threads == 1 ? " core" : " cores") + ", fp32, " +
                                 list_of(cpu_library_versions())};
  const CudaDevices& cuda = cuda_devices();
  lines.insert(lines.end(), cuda.lines.begin(), cuda.lines.end());
  if (!cuda.reason.empty()) {
    lines.push_back("cuda: cannot be used: " + cuda.reason);
  }
  if (!cuda.versions.empty()) {
    lines.push_back("cuda: " + list_of(cuda.versions));
  }
  return lines;
}

std::map<std::string, std::string> library_versions() {
  std::map<std::string, std::string> versions = cpu_library_versions();
  versions.insert(cuda_devices().versions.begin(), cuda_devices().versions.end());
  return versions;
}

std::string backend_versions() {
  const CudaDevices& cuda = cuda_devices();
  return "cpu (" + list_of(cpu_library_versions()) +
         "), reference\nCUDA backend: " + cuda_in_this_build() +
         (cuda.versions.empty() ? "" : " (" + list_of(cuda.versions) + ")");
}

}  // namespace impasto
