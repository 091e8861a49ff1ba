#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "cuda_emulation/device.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace cuda_emulation {
namespace {

// cudaMalloc aligns to 256 bytes; a guard of as much lies on either side.
constexpr std::size_t kGuard = 256;
constexpr int kFresh = 0xFF;  // as float, half, bf16 and double: NaN
constexpr int kGuardByte = 0xA5;

std::size_t padded(std::size_t bytes) {
  return (bytes + kGuard - 1) / kGuard * kGuard;
}

bool intact(const std::byte* first, const std::byte* last) {
  return std::all_of(first, last, [](std::byte b) { return b == std::byte{kGuardByte}; });
}

}  // namespace

void* MemoryMap::allocate(std::size_t bytes, MemoryKind kind) {
  const std::size_t total = kGuard + padded(bytes) + kGuard;
  void* block = std::aligned_alloc(kGuard, total);
  if (block == nullptr) {
    return nullptr;
  }
  std::memset(block, kGuardByte, total);
  auto* user = static_cast<std::byte*>(block) + kGuard;
  std::memset(user, kFresh, bytes);
  ASAN_POISON_MEMORY_REGION(block, total);
  if (kind == MemoryKind::kPinned || open_) {
    ASAN_UNPOISON_MEMORY_REGION(user, bytes);
  }
  if (kind == MemoryKind::kDevice) {
    device_bytes_ += padded(bytes);
  }
  allocations_[reinterpret_cast<std::uintptr_t>(user)] = {bytes, kind, block};
  return user;
}

bool MemoryMap::release(void* address, MemoryKind kind) {
  const auto found = allocations_.find(reinterpret_cast<std::uintptr_t>(address));
  if (found == allocations_.end() || found->second.kind != kind) {
    return false;
  }
  const Allocation allocation = found->second;
  allocations_.erase(found);
  if (kind == MemoryKind::kDevice) {
    device_bytes_ -= padded(allocation.bytes);
  }
  const auto* block = static_cast<const std::byte*>(allocation.block);
  const std::size_t total = kGuard + padded(allocation.bytes) + kGuard;
  ASAN_UNPOISON_MEMORY_REGION(block, total);
  const bool clean =
      intact(block, block + kGuard) && intact(block + kGuard + allocation.bytes, block + total);
  std::free(allocation.block);
  if (!clean) {
    throw DeviceFailure(cudaErrorIllegalAddress,
                        "bytes next to an allocation of " + std::to_string(allocation.bytes) +
                            " bytes were overwritten (seen when it was freed)");
  }
  return true;
}

void MemoryMap::release_all() {
  for (const auto& [address, allocation] : allocations_) {
    ASAN_UNPOISON_MEMORY_REGION(allocation.block, kGuard + padded(allocation.bytes) + kGuard);
    std::free(allocation.block);
  }
  allocations_.clear();
  device_bytes_ = 0;
}

const Allocation* MemoryMap::containing(const void* address) const {
  const auto start = reinterpret_cast<std::uintptr_t>(address);
  auto next = allocations_.upper_bound(start);
  if (next == allocations_.begin()) {
    return nullptr;
  }
  --next;
  return start <= next->first + next->second.bytes ? &next->second : nullptr;
}

const Allocation* MemoryMap::find(const void* address, std::size_t bytes) const {
  const Allocation* allocation = containing(address);
  if (allocation == nullptr) {
    return nullptr;
  }
  const std::size_t offset =
      static_cast<std::size_t>(static_cast<const std::byte*>(address) -
                               static_cast<const std::byte*>(allocation->block)) -
      kGuard;
  return bytes <= allocation->bytes - offset ? allocation : nullptr;
}

void MemoryMap::open_to_host(bool open) {
  open_ = open;
  for (const auto& [address, allocation] : allocations_) {
    if (allocation.kind != MemoryKind::kDevice) {
      continue;
    }
    [[maybe_unused]] const void* user = reinterpret_cast<const void*>(address);
    if (open) {
      ASAN_UNPOISON_MEMORY_REGION(user, allocation.bytes);
    } else {
      ASAN_POISON_MEMORY_REGION(user, allocation.bytes);
    }
  }
}

bool overlap(const void* a, std::size_t bytes, const void* b, std::size_t more) {
  const auto first = reinterpret_cast<std::uintptr_t>(a);
  const auto second = reinterpret_cast<std::uintptr_t>(b);
  return first < second + more && second < first + bytes;
}

}  // namespace cuda_emulation
