// An iteration as one CUDA graph.
#pragma once

#include <functional>
#include <vector>

#include "backend/backend.hpp"
#include "backend/cuda/context.hpp"

namespace impasto::cuda {

/// What `operations` enqueue, as a graph. Throws what they throw.
GraphExec capture(Context& context, const std::function<void()>& operations);

/// The first replay calls the operations directly, so that whatever they set up on first use is
/// there; the second captures them; from then on the captured graph is launched.
class GraphRecording final : public Recording {
 public:
  GraphRecording(Context& context, std::function<void()> operations);
  void replay() override;

 private:
  Context& context_;
  Context::KeepScratch keep_scratch_;
  std::function<void()> operations_;
  bool called_ = false;
  GraphExec graph_;
};

/// Milliseconds of each of `count` replays, enqueued one behind the other: between events, so that
/// no time of the host's is in them while it enqueues faster than the device works.
std::vector<double> time_replays(Context& context, Recording& recording, int count);

}  // namespace impasto::cuda
