// The fast CPU backend: Winograd and oneDNN convolutions, loops over a pool of threads; feature
// maps are NHWC float32.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "backend/backend.hpp"
#include "backend/run_choices.hpp"

namespace impasto {

/// threads = 0: available_processors().
std::unique_ptr<Backend> make_cpu_backend(int threads, Choosing choosing = Choosing::kByClock);

/// Threads that share the loops of a backend which make_cpu_backend made: as many as were asked
/// for, or as the system allows.
int threads_of(const Backend& cpu_backend);

/// Libraries and their versions: oneDNN, OpenBLAS.
std::map<std::string, std::string> cpu_library_versions();

}  // namespace impasto
