// CUDA runtime: streams and events. An event is a mark in a stream's queue.
#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>

#include "cuda_emulation/device.hpp"

using cuda_emulation::Capture;
using cuda_emulation::Device;
using cuda_emulation::Locked;
using cuda_emulation::Mark;
using cuda_emulation::Timeline;

namespace {

/// One cudaEventRecord.
struct Recording {
  Mark mark;
  /// Operations done on the device once the stream has come there. Of its own: the queue must not
  /// hold the mark that holds it.
  std::shared_ptr<std::optional<std::uint64_t>> time =
      std::make_shared<std::optional<std::uint64_t>>();
  std::shared_ptr<Capture> capture;  ///< when recorded in a stream under capture
  cudaStream_t stream = nullptr;
};

}  // namespace

struct CUevent_st {
  unsigned flags = 0;
  std::shared_ptr<Recording> recording;
};

namespace {

Device& device() {
  return Device::instance();
}

cudaError_t record(cudaError_t error) {
  return device().record(error);
}

std::set<cudaEvent_t>& events() {
  static auto* all = new std::set<cudaEvent_t>;
  return *all;
}

/// cudaSuccess when the stream may be waited for or asked.
cudaError_t examine(cudaStream_t stream) {
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return error;
  }
  if (device().timeline_of(stream) == nullptr) {
    return cudaErrorInvalidResourceHandle;
  }
  if (const auto capture = device().capture_of(stream); capture != nullptr) {
    const bool was_invalid = capture->invalid;
    capture->invalid = true;
    return was_invalid ? cudaErrorStreamCaptureInvalidated : cudaErrorStreamCaptureUnsupported;
  }
  return cudaSuccess;
}

/// The same for an event.
cudaError_t examine(cudaEvent_t event) {
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return error;
  }
  if (events().count(event) == 0) {
    return cudaErrorInvalidResourceHandle;
  }
  if (event->recording != nullptr && event->recording->capture != nullptr) {
    event->recording->capture->invalid = true;
    return cudaErrorCapturedEvent;
  }
  return cudaSuccess;
}

bool done(const Mark& mark) {
  return mark.timeline->completed >= mark.position;
}

/// "Not ready", but one step nearer: somebody who polls gets there.
cudaError_t advance(const Mark& mark) {
  device().complete({mark.timeline, mark.timeline->completed + 1});
  return record(device().sticky() != cudaSuccess ? device().sticky() : cudaErrorNotReady);
}

cudaError_t wait_in_capture(cudaStream_t stream, const Recording& recording) {
  const auto stream_capture = device().capture_of(stream);
  if (recording.capture == nullptr) {
    // Work outside would become a dependency of the graph.
    stream_capture->invalid = true;
    return cudaErrorStreamCaptureIsolation;
  }
  if (recording.capture->invalid) {
    return cudaErrorStreamCaptureInvalidated;
  }
  if (stream_capture == nullptr) {  // fork: this stream joins the capture
    const auto found = device().streams.find(stream);
    if (found == device().streams.end()) {
      recording.capture->invalid = true;
      return cudaErrorStreamCaptureImplicit;
    }
    found->second->capture = recording.capture;
    recording.capture->unjoined[stream] = recording.mark.position;
    return cudaSuccess;
  }
  if (stream_capture != recording.capture) {
    stream_capture->invalid = true;
    recording.capture->invalid = true;
    return cudaErrorStreamCaptureMerge;
  }
  const auto fork = recording.capture->unjoined.find(recording.stream);
  if (fork != recording.capture->unjoined.end() && recording.mark.position >= fork->second) {
    recording.capture->unjoined.erase(fork);
  }
  return cudaSuccess;
}

}  // namespace

// ---- streams

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags) {
  const Locked lock;
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  if (stream == nullptr || (flags & ~static_cast<unsigned>(cudaStreamNonBlocking)) != 0) {
    return record(cudaErrorInvalidValue);
  }
  auto created = std::make_unique<CUstream_st>();
  created->flags = flags;
  created->timeline = std::make_shared<Timeline>();
  created->timeline->blocking = flags != cudaStreamNonBlocking;
  *stream = created.get();
  device().streams.emplace(*stream, std::move(created));
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned int flags, int) {
  return cudaStreamCreateWithFlags(stream, flags);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  // Does not wait: work that is pending is still done some time.
  const Locked lock;
  const auto found = device().streams.find(stream);
  if (found == device().streams.end()) {
    return record(cudaErrorInvalidResourceHandle);
  }
  if (found->second->capture != nullptr) {
    found->second->capture->invalid = true;
  }
  if (found->second->timeline->completed < found->second->timeline->issued) {
    device().orphans.push_back(found->second->timeline);
  }
  device().streams.erase(found);
  return record(device().sticky());
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Locked lock;
  if (const cudaError_t error = examine(stream); error != cudaSuccess) {
    return record(error);
  }
  const auto timeline = device().timeline_of(stream);
  if (timeline == device().legacy) {
    if (const cudaError_t error = device().forbid_legacy_during_capture(); error != cudaSuccess) {
      return error;
    }
    for (const Mark& mark : device().implicit_waits(timeline)) {
      device().complete(mark);
    }
  }
  ++device().counters.synchronizations;
  device().complete({timeline, timeline->issued});
  return record(device().sticky());
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  const Locked lock;
  if (const cudaError_t error = examine(stream); error != cudaSuccess) {
    return record(error);
  }
  const auto timeline = device().timeline_of(stream);
  return timeline->completed >= timeline->issued ? cudaSuccess
                                                 : advance({timeline, timeline->issued});
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int flags) {
  const Locked lock;
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  const auto timeline = device().timeline_of(stream);
  if (timeline == nullptr || events().count(event) == 0) {
    return record(cudaErrorInvalidResourceHandle);
  }
  if (flags != cudaEventWaitDefault) {
    return record(cudaErrorInvalidValue);
  }
  if (event->recording == nullptr) {
    return cudaSuccess;  // never recorded: nothing to wait for
  }
  if (event->recording->capture != nullptr || device().capture_of(stream) != nullptr) {
    return record(wait_in_capture(stream, *event->recording));
  }
  timeline->pending.push_back({[] {}, device().implicit_waits(timeline)});
  timeline->pending.back().waits.push_back(event->recording->mark);
  ++timeline->issued;
  return cudaSuccess;
}

// ---- events

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags) {
  const Locked lock;
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  constexpr unsigned int kKnown = cudaEventBlockingSync | cudaEventDisableTiming;
  if (event == nullptr || (flags & ~kKnown) != 0) {
    return record(cudaErrorInvalidValue);
  }
  *event = new CUevent_st{flags, nullptr};
  events().insert(*event);
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const Locked lock;
  if (events().erase(event) == 0) {
    return record(cudaErrorInvalidResourceHandle);
  }
  delete event;
  return record(device().sticky());
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const Locked lock;
  if (events().count(event) == 0) {
    return record(cudaErrorInvalidResourceHandle);
  }
  auto recording = std::make_shared<Recording>();
  recording->stream = stream;
  if (const auto capture = device().capture_of(stream); capture != nullptr) {
    if (capture->invalid) {
      return record(cudaErrorStreamCaptureInvalidated);
    }
    recording->capture = capture;
    recording->mark.position = capture->nodes.size();
    event->recording = recording;
    return cudaSuccess;
  }
  if (const cudaError_t error = device().enqueue(stream,
                                                 [time = recording->time] {
                                                   *time = device().counters.operations -
                                                           ++device().events_passed;
                                                 });
      error != cudaSuccess) {
    return error;
  }
  const auto timeline = device().timeline_of(stream);
  recording->mark = {timeline, timeline->issued};
  event->recording = recording;
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const Locked lock;
  if (const cudaError_t error = examine(event); error != cudaSuccess) {
    return record(error);
  }
  if (event->recording == nullptr || done(event->recording->mark)) {
    return record(device().sticky());
  }
  return advance(event->recording->mark);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const Locked lock;
  if (const cudaError_t error = examine(event); error != cudaSuccess) {
    return record(error);
  }
  if (event->recording != nullptr) {
    ++device().counters.synchronizations;
    device().complete(event->recording->mark);
  }
  return record(device().sticky());
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  const Locked lock;
  for (const cudaEvent_t event : {start, end}) {
    if (const cudaError_t error = examine(event); error != cudaSuccess) {
      return record(error);
    }
    if (event->recording == nullptr || (event->flags & cudaEventDisableTiming) != 0) {
      return record(cudaErrorInvalidResourceHandle);
    }
  }
  if (!done(start->recording->mark) || !done(end->recording->mark)) {
    return record(cudaErrorNotReady);
  }
  if (!*start->recording->time || !*end->recording->time) {
    return record(device().sticky());
  }
  *milliseconds =
      static_cast<float>(cuda_emulation::kOperationMilliseconds *
                         static_cast<double>(**end->recording->time - **start->recording->time));
  return cudaSuccess;
}
