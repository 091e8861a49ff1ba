// CUDA runtime: stream capture and graphs. A graph is the captured work in the order in which it
// was given, which respects every dependency; replaying it is one entry in a stream.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "cuda_emulation/device.hpp"

using cuda_emulation::Capture;
using cuda_emulation::Device;
using cuda_emulation::Locked;

using Nodes = std::vector<std::function<void()>>;

struct CUgraph_st {
  std::shared_ptr<const Nodes> nodes;
  cuda_emulation::GraphNodes kinds;
};
struct CUgraphExec_st {
  std::shared_ptr<const Nodes> nodes;
};

namespace {

Device& device() {
  return Device::instance();
}

cudaError_t record(cudaError_t error) {
  return device().record(error);
}

template <typename Handle>
std::set<Handle>& all() {
  static auto* handles = new std::set<Handle>;
  return *handles;
}

void forget(const std::shared_ptr<Capture>& capture) {
  auto& captures = device().captures;
  captures.erase(std::remove(captures.begin(), captures.end(), capture), captures.end());
  for (auto& [handle, stream] : device().streams) {
    if (stream->capture == capture) {
      stream->capture = nullptr;
    }
  }
}

}  // namespace

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const Locked lock;
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  const auto found = device().streams.find(stream);
  if (found == device().streams.end()) {
    const bool legacy = device().timeline_of(stream) != nullptr;
    return record(legacy ? cudaErrorStreamCaptureUnsupported : cudaErrorInvalidResourceHandle);
  }
  if (found->second->capture != nullptr) {
    return record(cudaErrorIllegalState);
  }
  auto capture = std::make_shared<Capture>();
  capture->origin = stream;
  capture->mode = mode;
  capture->thread = std::this_thread::get_id();
  found->second->capture = capture;
  device().captures.push_back(capture);
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const Locked lock;
  *graph = nullptr;
  const auto capture = device().capture_of(stream);
  if (capture == nullptr) {
    return record(cudaErrorIllegalState);
  }
  if (capture->origin != stream) {
    capture->invalid = true;
    return record(cudaErrorStreamCaptureUnmatched);
  }
  if (capture->mode != cudaStreamCaptureModeRelaxed &&
      capture->thread != std::this_thread::get_id()) {
    return record(cudaErrorStreamCaptureWrongThread);
  }
  forget(capture);
  if (capture->invalid) {
    return record(cudaErrorStreamCaptureInvalidated);
  }
  if (!capture->unjoined.empty()) {
    return record(cudaErrorStreamCaptureUnjoined);
  }
  *graph = new CUgraph_st{std::make_shared<const Nodes>(std::move(capture->nodes)), capture->kinds};
  all<cudaGraph_t>().insert(*graph);
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  const Locked lock;
  if (device().timeline_of(stream) == nullptr) {
    return record(cudaErrorInvalidResourceHandle);
  }
  if (device().timeline_of(stream) == device().legacy) {
    if (const cudaError_t error = device().forbid_legacy_during_capture(); error != cudaSuccess) {
      return error;
    }
  }
  const auto capture = device().capture_of(stream);
  *status = capture == nullptr ? cudaStreamCaptureStatusNone
            : capture->invalid ? cudaStreamCaptureStatusInvalidated
                               : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
  const Locked lock;
  if (all<cudaGraph_t>().count(graph) == 0 || count == nullptr) {
    return record(cudaErrorInvalidValue);
  }
  if (nodes == nullptr) {
    *count = graph->nodes->size();
    return cudaSuccess;
  }
  // Places beyond the last node are set to null, as documented.
  for (std::size_t n = 0; n < *count; ++n) {
    nodes[n] = n < graph->nodes->size()
                   ? reinterpret_cast<cudaGraphNode_t>(
                         const_cast<std::function<void()>*>(&(*graph->nodes)[n]))
                   : nullptr;
  }
  *count = std::min(*count, graph->nodes->size());
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  const Locked lock;
  if (const cudaError_t error = device().usable(); error != cudaSuccess) {
    return record(error);
  }
  if (executable == nullptr || all<cudaGraph_t>().count(graph) == 0) {
    return record(cudaErrorInvalidValue);
  }
  *executable = new CUgraphExec_st{graph->nodes};
  all<cudaGraphExec_t>().insert(*executable);
  device().counters.last_graph = graph->kinds;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* executable, cudaGraph_t graph,
                                          unsigned long long flags) {
  return cudaGraphInstantiate(executable, graph, flags);
}

cudaError_t cudaGraphUpload(cudaGraphExec_t executable, cudaStream_t stream) {
  const Locked lock;
  if (all<cudaGraphExec_t>().count(executable) == 0) {
    return record(cudaErrorInvalidValue);
  }
  return device().enqueue(stream, [] {});
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  const Locked lock;
  if (all<cudaGraphExec_t>().count(executable) == 0) {
    return record(cudaErrorInvalidValue);
  }
  return device().enqueue(stream, [nodes = executable->nodes] {
    for (const auto& node : *nodes) {
      ++device().counters.operations;
      node();
    }
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  const Locked lock;
  if (all<cudaGraph_t>().erase(graph) == 0) {
    return record(cudaErrorInvalidValue);
  }
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  const Locked lock;
  if (all<cudaGraphExec_t>().erase(executable) == 0) {
    return record(cudaErrorInvalidValue);
  }
  delete executable;
  return cudaSuccess;
}
