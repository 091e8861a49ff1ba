#include "backend/cuda/recording.hpp"

#include <utility>

namespace impasto::cuda {

GraphRecording::GraphRecording(Context& context, std::function<void()> operations)
    : context_(context), keep_scratch_(context), operations_(std::move(operations)) {}

void GraphRecording::replay() {
  if (!called_) {
    operations_();
    called_ = true;
    return;
  }
  if (!graph_) {
    capture();
  }
  check(cudaGraphLaunch(graph_.get(), context_.stream()), "cudaGraphLaunch");
}

void GraphRecording::capture() {
  check(cudaStreamBeginCapture(context_.stream(), cudaStreamCaptureModeThreadLocal),
        "cudaStreamBeginCapture");
  cudaGraph_t captured = nullptr;
  try {
    operations_();
  } catch (...) {
    // The stream must leave capture mode, whatever went wrong inside.
    cudaStreamEndCapture(context_.stream(), &captured);
    const Graph graph(captured);
    throw;
  }
  check(cudaStreamEndCapture(context_.stream(), &captured), "cudaStreamEndCapture");
  const Graph graph(captured);
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiateWithFlags(&executable, graph.get(), 0), "cudaGraphInstantiate");
  graph_.reset(executable);
}

}  // namespace impasto::cuda
