// The fast CPU backend: oneDNN convolutions, OpenBLAS Gram matrices, OpenMP loops; feature maps are
// NHWC float32.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "backend/backend.hpp"

namespace impasto {

/// threads = 0: every core of the process's affinity mask.
std::unique_ptr<Backend> make_cpu_backend(int threads);

/// Cores of the process's affinity mask.
int available_cpu_threads();

/// Libraries and their versions: oneDNN, OpenBLAS.
std::map<std::string, std::string> cpu_library_versions();

}  // namespace impasto
