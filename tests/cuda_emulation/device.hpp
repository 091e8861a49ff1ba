// The emulated device: its memory, its streams as queues of work that runs only when somebody
// waits for it, and the error that a failure leaves behind. All of it is guarded by one lock.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "cuda_emulation/emulation.hpp"

namespace cuda_emulation {

/// Thrown by device work that does what the hardware would not survive (or what the documentation
/// calls undefined); becomes the device's sticky error.
class DeviceFailure : public std::runtime_error {
 public:
  DeviceFailure(cudaError_t code, const std::string& what)
      : std::runtime_error(what), code_(code) {}
  [[nodiscard]] cudaError_t code() const { return code_; }

 private:
  cudaError_t code_;
};

// ---- memory

enum class MemoryKind { kDevice, kPinned };

struct Allocation {
  std::size_t bytes = 0;
  MemoryKind kind = MemoryKind::kDevice;
  void* block = nullptr;  ///< what was really allocated: guard, user bytes, guard
};

/// Device and pinned memory by address. Device memory is poisoned for AddressSanitizer while no
/// device work runs, so that the host cannot touch it.
class MemoryMap {
 public:
  /// nullptr when the host itself has no more.
  void* allocate(std::size_t bytes, MemoryKind kind);
  /// False when the address is not one that allocate() gave for this kind. Throws DeviceFailure
  /// when bytes next to the allocation were overwritten.
  bool release(void* address, MemoryKind kind);
  void release_all();
  /// The allocation in which [address, address + bytes) lies, or nullptr.
  [[nodiscard]] const Allocation* find(const void* address, std::size_t bytes) const;
  /// The allocation that `address` points into, even if bytes behind it do not fit.
  [[nodiscard]] const Allocation* containing(const void* address) const;
  [[nodiscard]] std::size_t device_bytes() const { return device_bytes_; }
  [[nodiscard]] std::size_t count() const { return allocations_.size(); }
  /// Opens device memory to the code that follows, or closes it again.
  void open_to_host(bool open);

 private:
  std::map<std::uintptr_t, Allocation> allocations_;
  std::size_t device_bytes_ = 0;
  bool open_ = false;
};

// ---- streams

struct Timeline;

/// "Everything that `timeline` was given up to `position` is done."
struct Mark {
  std::shared_ptr<Timeline> timeline;
  std::uint64_t position = 0;
};

struct Work {
  std::function<void()> run;
  std::vector<Mark> waits;
};

/// A stream's queue. It outlives the stream's handle while work is pending.
struct Timeline {
  std::deque<Work> pending;
  std::uint64_t issued = 0;
  std::uint64_t completed = 0;
  bool blocking = true;  ///< ordered with the legacy default stream
};

enum class WorkKind { kKernel, kLibraryCall, kCopy };

/// A capture under way, possibly over several streams.
struct Capture {
  cudaStream_t origin = nullptr;
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;
  bool invalid = false;
  std::vector<std::function<void()>> nodes;
  GraphNodes kinds;  ///< of the nodes
  /// Forked streams with work that nobody waited for yet, and the number of nodes up to its end.
  std::map<cudaStream_t, std::size_t> unjoined;
};

}  // namespace cuda_emulation

// The runtime's opaque handles.
struct CUstream_st {
  std::shared_ptr<cuda_emulation::Timeline> timeline;
  unsigned flags = 0;
  std::shared_ptr<cuda_emulation::Capture> capture;
};

namespace cuda_emulation {

class Device {
 public:
  static Device& instance();

  // The error state that cudaGetLastError reads. `fail` is for good (until reset).
  cudaError_t record(cudaError_t error);
  void fail(cudaError_t error, const std::string& what);
  [[nodiscard]] cudaError_t sticky() const { return sticky_; }
  /// cudaSuccess, or why no call can succeed now: no device, or a sticky error.
  [[nodiscard]] cudaError_t usable() const { return presence != cudaSuccess ? presence : sticky_; }

  /// Gives `run` to a stream, or to the capture that the stream is in.
  cudaError_t enqueue(cudaStream_t stream, std::function<void()> run,
                      WorkKind kind = WorkKind::kCopy);
  /// The stream's queue; nullptr for a handle that is none.
  std::shared_ptr<Timeline> timeline_of(cudaStream_t stream);
  [[nodiscard]] std::shared_ptr<Capture> capture_of(cudaStream_t stream) const;
  /// Runs everything up to the mark, in every order's own place.
  void complete(const Mark& mark);
  void complete_all();
  /// Work that an operation of the stream waits for in any case, by the legacy stream's rule.
  std::vector<Mark> implicit_waits(const std::shared_ptr<Timeline>& timeline);

  /// What a call that may synchronise answers while a stream is being captured: cudaSuccess when
  /// it may go on; otherwise the error, and the capture is invalid.
  cudaError_t forbid_during_capture();
  /// The same for work given to the legacy default stream.
  cudaError_t forbid_legacy_during_capture();

  /// Throws DeviceFailure (illegal address) unless the bytes lie in device or pinned memory.
  void require(const void* address, std::size_t bytes, const std::string& who) const;

  MemoryMap memory;
  std::map<cudaStream_t, std::unique_ptr<CUstream_st>> streams;
  std::vector<std::shared_ptr<Timeline>> orphans;  ///< of destroyed streams with work pending
  std::shared_ptr<Timeline> legacy = std::make_shared<Timeline>();
  std::vector<std::shared_ptr<Capture>> captures;
  std::size_t capacity = std::size_t{8} << 30U;
  cudaError_t presence = cudaSuccess;
  int major = 9;  // compute capability
  int minor = 0;
  std::uint64_t allocation_to_fail = 0;
  std::uint64_t plan_to_fail = 0;
  bool graph_api = true;
  bool run_time_compiler = true;
  ThreadOrder order = ThreadOrder::kMixed;
  Counters counters;
  std::uint64_t events_passed = 0;  ///< operations that only noted the time, and took none
  std::string failure;
  int running = 0;  ///< depth of device work on the host's stack

 private:
  cudaError_t sticky_ = cudaSuccess;
  friend void reset();
};

/// Holds the device's lock.
class Locked {
 public:
  Locked();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

/// The error that the calling thread's cudaGetLastError will report.
cudaError_t& last_error();

/// Whether [a, a + bytes) and [b, b + more) share a byte.
bool overlap(const void* a, std::size_t bytes, const void* b, std::size_t more);

}  // namespace cuda_emulation
