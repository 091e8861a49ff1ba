#include "backend/cpu/blas_buffers.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "backend/host_limits.hpp"
#include "core/shortage.hpp"

namespace impasto::cpu {
namespace {

/// On x86-64 and ARM64.
constexpr std::size_t kBuffer = std::size_t{128} << 20U;

/// OpenBLAS has them since its beginning, and no header for them.
using Allocate = void* (*)(int);
using Free = void (*)(void*);

/// Has OpenBLAS map buffers for so many calls at a time; it keeps them.
void reserve(int calls) {
  const auto allocate = reinterpret_cast<Allocate>(dlsym(RTLD_DEFAULT, "blas_memory_alloc"));
  const auto free = reinterpret_cast<Free>(dlsym(RTLD_DEFAULT, "blas_memory_free"));
  if (allocate == nullptr || free == nullptr) {
    return;
  }
  std::vector<void*> buffers(static_cast<std::size_t>(calls));
  std::generate(buffers.begin(), buffers.end(), [&] { return allocate(0); });
  std::for_each(buffers.begin(), buffers.end(), free);
}

}  // namespace

int threads_with_blas_buffers(int wanted) {
  const std::size_t left = addresses_left();
  if (left == kUnlimitedAddresses) {
    return wanted;
  }
  // Half of what is left at most: the rest is the run's.
  const std::size_t most = std::max<std::size_t>(left / 2 / kBuffer, 1);
  const int threads = most < static_cast<std::size_t>(wanted) ? static_cast<int>(most) : wanted;
  require_memory_left(static_cast<std::size_t>(threads) * kBuffer, "OpenBLAS");
  reserve(threads);
  return threads;
}

}  // namespace impasto::cpu
