// An iteration as one CUDA graph.
#pragma once

#include <functional>

#include "backend/backend.hpp"
#include "backend/cuda/context.hpp"

namespace impasto::cuda {

/// The first replay calls the operations directly, so that whatever they set up on first use is
/// there; the second captures them; from then on the captured graph is launched.
class GraphRecording final : public Recording {
 public:
  GraphRecording(Context& context, std::function<void()> operations);
  void replay() override;

 private:
  void capture();

  Context& context_;
  Context::KeepScratch keep_scratch_;
  std::function<void()> operations_;
  bool called_ = false;
  GraphExec graph_;
};

}  // namespace impasto::cuda
