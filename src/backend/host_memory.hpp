// Aligned, zero-filled host memory for the backends that compute on the CPU.
#pragma once

#include <memory>

#include "backend/backend.hpp"

namespace impasto {

/// Throws DeviceError when the system has not that much.
std::unique_ptr<Memory> allocate_host_memory(std::size_t bytes);

/// Backend::append where scalars lie in host memory.
void append_on_host(Scalar first, std::int64_t count, Scalar log, Scalar rows);

}  // namespace impasto
