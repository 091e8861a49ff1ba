// Which backend a run gets.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "impasto/options.hpp"

namespace impasto {

/// A backend and the words for the device line: "cpu, 2 threads (built without CUDA)".
struct SelectedBackend {
  std::unique_ptr<Backend> backend;
  std::string description;
  int threads = 0;  ///< CPU threads that it got, perhaps fewer than were asked for
  Precision precision = Precision::kFp32;
  std::string device_name;  ///< of the GPU; empty for the CPU
};

/// Throws DeviceError when the device asked for cannot be had, UsageError for a precision it has
/// not.
SelectedBackend select_backend(const TransferOptions& options);

/// One line per device that this build knows: what it is, or why it cannot be used.
std::vector<std::string> describe_devices();

/// The libraries that the backends are built on, with their versions.
std::map<std::string, std::string> library_versions();

/// The backends compiled in, with their libraries' versions, for --version.
std::string backend_versions();

}  // namespace impasto
