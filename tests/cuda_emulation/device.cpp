#include "cuda_emulation/device.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace cuda_emulation {
namespace {

std::recursive_mutex& device_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// Device memory is open exactly while such an object lives.
class DeviceWork {
 public:
  explicit DeviceWork(Device& device) : device_(device) {
    if (device_.running++ == 0) {
      device_.memory.open_to_host(true);
    }
  }
  DeviceWork(const DeviceWork&) = delete;
  DeviceWork& operator=(const DeviceWork&) = delete;
  ~DeviceWork() {
    if (--device_.running == 0) {
      device_.memory.open_to_host(false);
    }
  }

 private:
  Device& device_;
};

}  // namespace

Locked::Locked() : lock_(device_mutex()) {}

cudaError_t& last_error() {
  thread_local cudaError_t error = cudaSuccess;
  return error;
}

Device& Device::instance() {
  static auto* device = new Device;  // never destroyed: tests' static objects may still need it
  return *device;
}

cudaError_t Device::record(cudaError_t error) {
  if (error != cudaSuccess) {
    last_error() = error;
  }
  return error;
}

void Device::fail(cudaError_t error, const std::string& what) {
  if (sticky_ == cudaSuccess) {
    sticky_ = error;
    failure = what;
    std::fprintf(stderr, "emulated device: %s\n", what.c_str());
  }
  last_error() = error;
}

std::shared_ptr<Timeline> Device::timeline_of(cudaStream_t stream) {
  if (stream == nullptr || stream == cudaStreamLegacy) {
    return legacy;
  }
  const auto found = streams.find(stream);
  return found == streams.end() ? nullptr : found->second->timeline;
}

std::shared_ptr<Capture> Device::capture_of(cudaStream_t stream) const {
  const auto found = streams.find(stream);
  return found == streams.end() ? nullptr : found->second->capture;
}

std::vector<Mark> Device::implicit_waits(const std::shared_ptr<Timeline>& timeline) {
  std::vector<Mark> waits;
  if (timeline != legacy) {
    if (timeline->blocking && legacy->completed < legacy->issued) {
      waits.push_back({legacy, legacy->issued});
    }
    return waits;
  }
  const auto wait_for = [&](const std::shared_ptr<Timeline>& other) {
    if (other->blocking && other->completed < other->issued) {
      waits.push_back({other, other->issued});
    }
  };
  for (const auto& [handle, stream] : streams) {
    wait_for(stream->timeline);
  }
  std::for_each(orphans.begin(), orphans.end(), wait_for);
  return waits;
}

namespace {

void count(WorkKind kind, GraphNodes& nodes) {
  switch (kind) {
    case WorkKind::kKernel:
      ++nodes.kernels;
      break;
    case WorkKind::kLibraryCall:
      ++nodes.library_calls;
      break;
    case WorkKind::kCopy:
      ++nodes.copies;
      break;
  }
}

}  // namespace

cudaError_t Device::enqueue(cudaStream_t stream, std::function<void()> run, WorkKind kind) {
  if (const cudaError_t error = usable(); error != cudaSuccess) {
    return record(error);
  }
  const std::shared_ptr<Timeline> timeline = timeline_of(stream);
  if (timeline == nullptr) {
    return record(cudaErrorInvalidResourceHandle);
  }
  if (const auto capture = capture_of(stream); capture != nullptr) {
    if (capture->invalid) {
      return record(cudaErrorStreamCaptureInvalidated);
    }
    capture->nodes.push_back(std::move(run));
    count(kind, capture->kinds);
    if (stream != capture->origin) {
      capture->unjoined[stream] = capture->nodes.size();
    }
    return cudaSuccess;
  }
  if (timeline == legacy) {
    if (const cudaError_t error = forbid_legacy_during_capture(); error != cudaSuccess) {
      return error;
    }
  }
  timeline->pending.push_back({std::move(run), implicit_waits(timeline)});
  ++timeline->issued;
  return cudaSuccess;
}

void Device::complete(const Mark& mark) {
  const DeviceWork work(*this);
  Timeline& timeline = *mark.timeline;
  while (timeline.completed < mark.position) {
    const Work next = std::move(timeline.pending.front());
    timeline.pending.pop_front();
    for (const Mark& wait : next.waits) {
      complete(wait);
    }
    if (sticky_ == cudaSuccess) {
      try {
        ++counters.operations;
        next.run();
      } catch (const DeviceFailure& failed) {
        fail(failed.code(), failed.what());
      } catch (const std::exception& error) {  // of the host: no memory left for the emulation
        fail(cudaErrorUnknown, error.what());
      }
    }
    ++timeline.completed;
  }
}

void Device::complete_all() {
  complete({legacy, legacy->issued});
  for (const auto& [handle, stream] : streams) {
    complete({stream->timeline, stream->timeline->issued});
  }
  for (const auto& orphan : orphans) {
    complete({orphan, orphan->issued});
  }
  orphans.clear();
}

cudaError_t Device::forbid_during_capture() {
  // cudaThreadExchangeStreamCaptureMode: global captures forbid unsafe calls to every thread,
  // thread-local ones to their own, relaxed ones to none.
  for (const auto& capture : captures) {
    const bool forbids = capture->mode == cudaStreamCaptureModeGlobal ||
                         (capture->mode == cudaStreamCaptureModeThreadLocal &&
                          capture->thread == std::this_thread::get_id());
    if (forbids) {
      capture->invalid = true;
      return record(cudaErrorStreamCaptureUnsupported);
    }
  }
  return cudaSuccess;
}

cudaError_t Device::forbid_legacy_during_capture() {
  // The legacy stream would wait for, and be waited for by, every blocking stream.
  for (const auto& capture : captures) {
    const auto origin = streams.find(capture->origin);
    if (origin != streams.end() && origin->second->timeline->blocking) {
      capture->invalid = true;
      return record(cudaErrorStreamCaptureImplicit);
    }
  }
  return cudaSuccess;
}

void Device::require(const void* address, std::size_t bytes, const std::string& who) const {
  if (bytes > 0 && memory.find(address, bytes) == nullptr) {
    const bool inside = memory.containing(address) != nullptr;
    throw DeviceFailure(cudaErrorIllegalAddress,
                        who + ": " + std::to_string(bytes) + " bytes " +
                            (inside ? "reach beyond their allocation"
                                    : "do not lie in device memory (host or freed memory?)"));
  }
}

void reset() {
  const Locked lock;
  Device& device = Device::instance();
  device.streams.clear();
  device.orphans.clear();
  device.captures.clear();
  device.legacy = std::make_shared<Timeline>();
  device.memory.release_all();
  device.capacity = std::size_t{8} << 30U;
  device.presence = cudaSuccess;
  device.major = 9;
  device.minor = 0;
  device.allocation_to_fail = 0;
  device.plan_to_fail = 0;
  device.graph_api = true;
  device.run_time_compiler = true;
  device.order = ThreadOrder::kMixed;
  device.counters = {};
  device.events_passed = 0;
  device.failure.clear();
  device.sticky_ = cudaSuccess;
  last_error() = cudaSuccess;
}

Counters counters() {
  const Locked lock;
  Counters result = Device::instance().counters;
  result.live_allocations = Device::instance().memory.count();
  return result;
}

std::string last_failure() {
  const Locked lock;
  return Device::instance().failure;
}

void set_capacity(std::size_t bytes) {
  const Locked lock;
  Device::instance().capacity = bytes;
}

void set_presence(cudaError_t presence) {
  const Locked lock;
  Device::instance().presence = presence;
}

void set_compute_capability(int major, int minor) {
  const Locked lock;
  Device::instance().major = major;
  Device::instance().minor = minor;
}

void set_graph_api(bool there) {
  const Locked lock;
  Device::instance().graph_api = there;
}

void set_run_time_compiler(bool there) {
  const Locked lock;
  Device::instance().run_time_compiler = there;
}

void fail_plan(std::uint64_t n) {
  const Locked lock;
  Device::instance().plan_to_fail = n;
}

void fail_allocation(std::uint64_t n) {
  const Locked lock;
  Device::instance().allocation_to_fail = n;
}

void set_thread_order(ThreadOrder order) {
  const Locked lock;
  Device::instance().order = order;
}

}  // namespace cuda_emulation
