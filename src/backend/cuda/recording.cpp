#include "backend/cuda/recording.hpp"

#include <utility>

namespace impasto::cuda {

GraphExec capture(Context& context, const std::function<void()>& operations) {
  check(cudaStreamBeginCapture(context.stream(), cudaStreamCaptureModeThreadLocal),
        "cudaStreamBeginCapture");
  cudaGraph_t captured = nullptr;
  try {
    operations();
  } catch (...) {
    // The stream must leave capture mode, whatever went wrong inside.
    cudaStreamEndCapture(context.stream(), &captured);
    const Graph graph(captured);
    throw;
  }
  check(cudaStreamEndCapture(context.stream(), &captured), "cudaStreamEndCapture");
  const Graph graph(captured);
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiateWithFlags(&executable, graph.get(), 0), "cudaGraphInstantiate");
  return GraphExec(executable);
}

GraphRecording::GraphRecording(Context& context, std::function<void()> operations)
    : context_(context), keep_scratch_(context), operations_(std::move(operations)) {}

void GraphRecording::replay() {
  if (!called_) {
    operations_();
    called_ = true;
    return;
  }
  if (!graph_) {
    graph_ = capture(context_, operations_);
  }
  check(cudaGraphLaunch(graph_.get(), context_.stream()), "cudaGraphLaunch");
}

std::vector<double> time_replays(Context& context, Recording& recording, int count) {
  std::vector<Event> events;
  const auto record_event = [&] {
    events.push_back(make_event(cudaEventDefault));
    check(cudaEventRecord(events.back().get(), context.stream()), "cudaEventRecord");
  };
  record_event();
  for (int n = 0; n < count; ++n) {
    recording.replay();
    record_event();
  }
  context.synchronize();
  std::vector<double> milliseconds;
  for (std::size_t n = 1; n < events.size(); ++n) {
    float elapsed = 0;
    check(cudaEventElapsedTime(&elapsed, events[n - 1].get(), events[n].get()),
          "cudaEventElapsedTime");
    milliseconds.push_back(static_cast<double>(elapsed));
  }
  return milliseconds;
}

}  // namespace impasto::cuda
