// CUDA runtime: device, errors, memory. The synchronisation of each call is the one that "API
// synchronization behavior" in the CUDA runtime's reference states; where that leaves it open
// ("might be synchronous"), the emulation does what a careless program would notice most.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "cuda_emulation/device.hpp"

using cuda_emulation::Device;
using cuda_emulation::Locked;
using cuda_emulation::Mark;
using cuda_emulation::MemoryKind;
using cuda_emulation::Timeline;

namespace {

Device& device() {
  return Device::instance();
}

cudaError_t record(cudaError_t error) {
  return device().record(error);
}

/// A call that waits for everything: forbidden while a stream is captured.
cudaError_t wait_for_device() {
  if (const cudaError_t error = device().forbid_during_capture(); error != cudaSuccess) {
    return error;
  }
  ++device().counters.synchronizations;
  device().complete_all();
  return record(device().usable());
}

cudaError_t allocate(void** address, std::size_t bytes, MemoryKind kind) {
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  if (address == nullptr) {
    return record(cudaErrorInvalidValue);
  }
  if (const cudaError_t error = device().forbid_during_capture(); error != cudaSuccess) {
    return error;
  }
  *address = nullptr;
  if (bytes == 0) {
    return cudaSuccess;
  }
  const bool chosen = device().allocation_to_fail > 0 && --device().allocation_to_fail == 0;
  const bool full =
      kind == MemoryKind::kDevice &&
      (bytes > device().capacity || device().memory.device_bytes() > device().capacity - bytes);
  if (chosen || full) {
    return record(cudaErrorMemoryAllocation);
  }
  *address = device().memory.allocate(bytes, kind);
  if (*address == nullptr) {
    return record(cudaErrorMemoryAllocation);
  }
  ++device().counters.allocations;
  return cudaSuccess;
}

cudaError_t release(void* address, MemoryKind kind) {
  if (address == nullptr) {
    return record(device().usable());
  }
  if (const cudaError_t error = wait_for_device(); error != cudaSuccess) {
    return error;
  }
  try {
    return record(device().memory.release(address, kind) ? cudaSuccess : cudaErrorInvalidValue);
  } catch (const cuda_emulation::DeviceFailure& failed) {
    device().fail(failed.code(), failed.what());
    return failed.code();
  }
}

enum class Side { kHost, kPinned, kDevice };

Side side_of(const void* address) {
  const auto* allocation = device().memory.containing(address);
  if (allocation == nullptr) {
    return Side::kHost;
  }
  return allocation->kind == MemoryKind::kDevice ? Side::kDevice : Side::kPinned;
}

/// A copy as asked for, and what its addresses really are.
struct Copy {
  void* to;
  const void* from;
  std::size_t bytes;
  Side to_side;
  Side from_side;
};

/// cudaErrorInvalidMemcpyDirection for a kind that is none, cudaErrorInvalidValue when the kind
/// contradicts the addresses or a range leaves its allocation.
cudaError_t examine(const Copy& copy, cudaMemcpyKind kind) {
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) {
    return cudaErrorInvalidMemcpyDirection;
  }
  const auto fits = [&](const void* address, Side side) {
    return side == Side::kHost || device().memory.find(address, copy.bytes) != nullptr;
  };
  if (!fits(copy.to, copy.to_side) || !fits(copy.from, copy.from_side)) {
    return cudaErrorInvalidValue;
  }
  if (kind == cudaMemcpyDefault) {
    return cudaSuccess;
  }
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  const bool agrees = to_device == (copy.to_side == Side::kDevice) &&
                      from_device == (copy.from_side == Side::kDevice);
  return agrees ? cudaSuccess : cudaErrorInvalidValue;
}

/// What a stream does for a copy; pageable sources are staged now, pinned ones read when it runs.
std::function<void()> work_of(const Copy& copy) {
  std::shared_ptr<std::vector<char>> staged;
  if (copy.from_side == Side::kHost) {
    const auto* first = static_cast<const char*>(copy.from);
    staged = std::make_shared<std::vector<char>>(first, first + copy.bytes);
  }
  return [copy, staged] {
    if (copy.to_side != Side::kHost) {
      device().require(copy.to, copy.bytes, "cudaMemcpy's destination");
    }
    if (copy.from_side != Side::kHost) {
      device().require(copy.from, copy.bytes, "cudaMemcpy's source");
    }
    if (copy.to_side != Side::kDevice && copy.from_side == Side::kDevice) {
      ++device().counters.copies_to_host;
    }
    std::memmove(copy.to, staged ? staged->data() : copy.from, copy.bytes);
  };
}

cudaError_t prepare_copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                         Copy* copy) {
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  if (bytes > 0 && (to == nullptr || from == nullptr)) {
    return record(cudaErrorInvalidValue);
  }
  *copy = {to, from, bytes, side_of(to), side_of(from)};
  return record(bytes == 0 ? cudaSuccess : examine(*copy, kind));
}

cudaError_t fill(void* address, int value, std::size_t bytes, cudaStream_t stream) {
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  if (bytes == 0) {
    return cudaSuccess;
  }
  if (device().memory.find(address, bytes) == nullptr) {
    return record(cudaErrorInvalidValue);
  }
  return device().enqueue(stream, [=] {
    device().require(address, bytes, "cudaMemset's destination");
    std::memset(address, value, bytes);
  });
}

}  // namespace

// ---- errors

cudaError_t cudaGetLastError() {
  const Locked lock;
  const cudaError_t error = cudaPeekAtLastError();
  cuda_emulation::last_error() = cudaSuccess;
  return error;
}

cudaError_t cudaPeekAtLastError() {
  const Locked lock;
  return device().sticky() != cudaSuccess ? device().sticky() : cuda_emulation::last_error();
}

namespace {

struct ErrorText {
  cudaError_t error;
  const char* name;
  const char* text;
};

#define ERROR_TEXT(error, text) \
  ErrorText {                   \
    error, #error, text         \
  }
constexpr ErrorText kErrorTexts[] = {
    ERROR_TEXT(cudaSuccess, "no error"),
    ERROR_TEXT(cudaErrorInvalidValue, "invalid argument"),
    ERROR_TEXT(cudaErrorMemoryAllocation, "out of memory"),
    ERROR_TEXT(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    ERROR_TEXT(cudaErrorInvalidMemcpyDirection, "invalid copy direction for memcpy"),
    ERROR_TEXT(cudaErrorInsufficientDriver,
               "CUDA driver version is insufficient for CUDA runtime version"),
    ERROR_TEXT(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    ERROR_TEXT(cudaErrorInvalidDevice, "invalid device ordinal"),
    ERROR_TEXT(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    ERROR_TEXT(cudaErrorIllegalState, "the operation cannot be performed in the present state"),
    ERROR_TEXT(cudaErrorNotReady, "device not ready"),
    ERROR_TEXT(cudaErrorIllegalAddress, "an illegal memory access was encountered"),
    ERROR_TEXT(cudaErrorLaunchFailure, "unspecified launch failure"),
    ERROR_TEXT(cudaErrorMisalignedAddress, "misaligned address"),
    ERROR_TEXT(cudaErrorUnknown, "unknown error"),
    ERROR_TEXT(cudaErrorStreamCaptureMerge,
               "operation would result in a merge of separate capture sequences"),
    ERROR_TEXT(cudaErrorStreamCaptureUnsupported,
               "operation not permitted when stream is capturing"),
    ERROR_TEXT(cudaErrorStreamCaptureInvalidated,
               "operation failed due to a previous error during capture"),
    ERROR_TEXT(cudaErrorStreamCaptureUnmatched,
               "capture was not ended in the same stream as it began"),
    ERROR_TEXT(cudaErrorStreamCaptureUnjoined, "capturing stream has unjoined work"),
    ERROR_TEXT(cudaErrorStreamCaptureIsolation,
               "dependency created on uncaptured work in another stream"),
    ERROR_TEXT(cudaErrorStreamCaptureImplicit,
               "operation would make the legacy stream depend on a capturing blocking stream"),
    ERROR_TEXT(cudaErrorCapturedEvent,
               "operation not permitted on an event last recorded in a capturing stream"),
    ERROR_TEXT(cudaErrorStreamCaptureWrongThread,
               "attempt to terminate a thread-local capture sequence from another thread"),
};
#undef ERROR_TEXT

const ErrorText* text_of(cudaError_t error) {
  const auto* found = std::find_if(std::begin(kErrorTexts), std::end(kErrorTexts),
                                   [&](const ErrorText& text) { return text.error == error; });
  return found == std::end(kErrorTexts) ? nullptr : found;
}

}  // namespace

const char* cudaGetErrorName(cudaError_t error) {
  const ErrorText* text = text_of(error);
  return text == nullptr ? "unrecognized error code" : text->name;
}

const char* cudaGetErrorString(cudaError_t error) {
  const ErrorText* text = text_of(error);
  return text == nullptr ? "unrecognized error code" : text->text;
}

// ---- device

cudaError_t cudaGetDeviceCount(int* count) {
  const Locked lock;
  *count = device().presence == cudaSuccess ? 1 : 0;
  return record(device().presence);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int ordinal) {
  const Locked lock;
  if (device().presence != cudaSuccess || ordinal != 0) {
    return record(device().presence != cudaSuccess ? device().presence : cudaErrorInvalidDevice);
  }
  *properties = {};
  std::strncpy(properties->name, "Emulated device", sizeof(properties->name) - 1);
  properties->major = device().major;
  properties->minor = device().minor;
  properties->multiProcessorCount = 132;
  properties->warpSize = 32;
  properties->totalGlobalMem = device().capacity;
  properties->sharedMemPerBlock = 48U << 10U;
  properties->regsPerBlock = 65536;
  properties->maxThreadsPerBlock = 1024;
  properties->maxThreadsPerMultiProcessor = 2048;
  properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = 1024;
  properties->maxThreadsDim[2] = 64;
  properties->maxGridSize[0] = 2147483647;
  properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
  properties->l2CacheSize = 50 << 20;
  properties->concurrentKernels = 1;
  properties->unifiedAddressing = 1;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int ordinal) {
  const Locked lock;
  cudaDeviceProp properties;
  if (const cudaError_t error = cudaGetDeviceProperties(&properties, ordinal);
      error != cudaSuccess) {
    return error;
  }
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor:
      *value = properties.major;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = properties.minor;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = properties.multiProcessorCount;
      break;
    case cudaDevAttrWarpSize:
      *value = properties.warpSize;
      break;
    case cudaDevAttrMaxThreadsPerBlock:
      *value = properties.maxThreadsPerBlock;
      break;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      *value = properties.maxThreadsPerMultiProcessor;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = static_cast<int>(properties.sharedMemPerBlock);
      break;
    case cudaDevAttrL2CacheSize:
      *value = properties.l2CacheSize;
      break;
    case cudaDevAttrClockRate:
      *value = 1980000;
      break;
    case cudaDevAttrMemoryClockRate:
      *value = 3201000;
      break;
    case cudaDevAttrGlobalMemoryBusWidth:
      *value = 6144;
      break;
    case cudaDevAttrUnifiedAddressing:
      *value = 1;
      break;
    case cudaDevAttrConcurrentKernels:
      *value = 1;
      break;
    case cudaDevAttrMemoryPoolsSupported:
    case cudaDevAttrManagedMemory:
    case cudaDevAttrPageableMemoryAccess:
      *value = 0;
      break;
    default:
      return record(cudaErrorInvalidValue);
  }
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int ordinal) {
  const Locked lock;
  if (device().presence != cudaSuccess) {
    return record(device().presence);
  }
  return record(ordinal == 0 ? device().sticky() : cudaErrorInvalidDevice);
}

cudaError_t cudaGetDevice(int* ordinal) {
  const Locked lock;
  *ordinal = 0;
  return record(device().usable());
}

cudaError_t cudaDriverGetVersion(int* version) {
  // Without a driver the call succeeds and says 0.
  const Locked lock;
  *version = device().presence == cudaSuccess ? CUDART_VERSION : 0;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  const Locked lock;
  return wait_for_device();
}

cudaError_t cudaDeviceReset() {
  const Locked lock;
  cuda_emulation::reset();
  return cudaSuccess;
}

// ---- memory

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total) {
  const Locked lock;
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  *total = device().capacity;
  *free_bytes = device().capacity - std::min(device().capacity, device().memory.device_bytes());
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** address, std::size_t bytes) {
  const Locked lock;
  return allocate(address, bytes, MemoryKind::kDevice);
}

cudaError_t cudaFree(void* address) {
  const Locked lock;
  return release(address, MemoryKind::kDevice);
}

cudaError_t cudaMallocHost(void** address, std::size_t bytes) {
  const Locked lock;
  return allocate(address, bytes, MemoryKind::kPinned);
}

cudaError_t cudaHostAlloc(void** address, std::size_t bytes, unsigned int flags) {
  const Locked lock;
  constexpr unsigned int kKnown =
      cudaHostAllocPortable | cudaHostAllocMapped | cudaHostAllocWriteCombined;
  if ((flags & ~kKnown) != 0) {
    return record(cudaErrorInvalidValue);
  }
  return allocate(address, bytes, MemoryKind::kPinned);
}

cudaError_t cudaFreeHost(void* address) {
  const Locked lock;
  return release(address, MemoryKind::kPinned);
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const Locked lock;
  Copy copy{};
  if (const cudaError_t error = prepare_copy(to, from, bytes, kind, &copy); error != cudaSuccess) {
    return error;
  }
  for (const cudaError_t error :
       {device().forbid_legacy_during_capture(), device().forbid_during_capture()}) {
    if (error != cudaSuccess) {
      return error;
    }
  }
  if (bytes == 0) {
    return cudaSuccess;
  }
  const std::shared_ptr<Timeline> legacy = device().legacy;
  if (copy.from_side == Side::kHost && copy.to_side == Side::kDevice) {
    // Returns once the source is staged: work on a non-blocking stream need not see the copy.
    for (const Mark& mark : device().implicit_waits(legacy)) {
      device().complete(mark);
    }
    device().complete({legacy, legacy->issued});
    ++device().counters.synchronizations;
    return device().enqueue(nullptr, work_of(copy));
  }
  if (const cudaError_t error = device().enqueue(nullptr, work_of(copy)); error != cudaSuccess) {
    return error;
  }
  if (copy.from_side == Side::kDevice && copy.to_side == Side::kDevice) {
    return cudaSuccess;
  }
  ++device().counters.synchronizations;
  device().complete({legacy, legacy->issued});
  return record(device().sticky());
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  const Locked lock;
  Copy copy{};
  if (const cudaError_t error = prepare_copy(to, from, bytes, kind, &copy); error != cudaSuccess) {
    return error;
  }
  const bool pageable = copy.to_side == Side::kHost || copy.from_side == Side::kHost;
  if (const auto capture = device().capture_of(stream); capture != nullptr && pageable) {
    capture->invalid = true;
    return record(cudaErrorStreamCaptureUnsupported);
  }
  if (bytes == 0) {
    return cudaSuccess;
  }
  if (const cudaError_t error = device().enqueue(stream, work_of(copy)); error != cudaSuccess) {
    return error;
  }
  if (copy.to_side != Side::kDevice && copy.from_side != Side::kDevice) {
    // Host to host is fully synchronous.
    const auto timeline = device().timeline_of(stream);
    device().complete({timeline, timeline->issued});
  }
  return record(device().sticky());
}

cudaError_t cudaMemset(void* address, int value, std::size_t bytes) {
  const Locked lock;
  const auto* allocation = device().memory.containing(address);
  if (const cudaError_t error = fill(address, value, bytes, nullptr); error != cudaSuccess) {
    return error;
  }
  if (allocation != nullptr && allocation->kind == MemoryKind::kPinned) {
    device().complete({device().legacy, device().legacy->issued});
  }
  return record(device().sticky());
}

cudaError_t cudaMemsetAsync(void* address, int value, std::size_t bytes, cudaStream_t stream) {
  const Locked lock;
  return fill(address, value, bytes, stream);
}
