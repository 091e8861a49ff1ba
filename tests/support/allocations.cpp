#include "support/allocations.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>

namespace {

std::atomic<bool> counting{false};
std::atomic<long> allocations{0};
/// How many allocations of this thread are left until the refused one; 0 when none is refused.
thread_local long until_refused = 0;

}  // namespace

#if !defined(__SANITIZE_ADDRESS__)

namespace {

/// Whether the code at `address` belongs to a vendor library.
bool is_vendors(void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) {
    return false;
  }
  for (const char* vendor : {"libdnnl", "libopenblas", "libgomp"}) {
    if (std::strstr(info.dli_fname, vendor) != nullptr) {
      return true;
    }
  }
  return false;
}

void* watched_allocation(std::size_t size, void* caller) {
  if (counting && !is_vendors(caller)) {
    ++allocations;
  }
  const bool refused = until_refused > 0 && --until_refused == 0;
  void* memory = refused ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return watched_allocation(size, __builtin_return_address(0));
}
void* operator new[](std::size_t size) {
  return watched_allocation(size, __builtin_return_address(0));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

#endif

namespace impasto {

bool can_watch_allocations() {
#if defined(__SANITIZE_ADDRESS__)
  return false;
#else
  return true;
#endif
}

void start_counting_allocations() {
  allocations = 0;
  counting = true;
}

long stop_counting_allocations() {
  counting = false;
  return allocations;
}

RefusedAllocation::RefusedAllocation(long nth) {
  until_refused = nth;
}
RefusedAllocation::~RefusedAllocation() {
  until_refused = 0;
}
bool RefusedAllocation::came() {
  return until_refused == 0;
}

}  // namespace impasto
