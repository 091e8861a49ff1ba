// Which of cuDNN's engines can do a convolution graph, in the order in which cuDNN would try them,
// and plans made of them. Since cuDNN 9.8 all this needs no GPU: a description of one is enough,
// and so what an H100 would be offered is tested on machines that have none.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/cuda/convolution_graph.hpp"
#include "backend/cuda/graph_descriptor.hpp"
#include "impasto/forms.hpp"

namespace impasto::cuda {

/// For whom plans are made: the handle's device, or one that is only described.
class PlanTarget {
 public:
  explicit PlanTarget(cudnnHandle_t handle) : handle_(handle) {}
  /// `description`: JSON as cuDNN itself writes it (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION).
  /// Throws DeviceError where cuDNN is older than 9.8 or the text is no description.
  static PlanTarget described(const std::string& description);

  [[nodiscard]] cudnnHandle_t handle() const { return handle_; }
  /// Null where the handle says it all.
  [[nodiscard]] const GraphDescriptor* device() const { return device_ ? &*device_ : nullptr; }

 private:
  explicit PlanTarget(GraphDescriptor device) : device_(std::move(device)) {}

  cudnnHandle_t handle_ = nullptr;
  std::optional<GraphDescriptor> device_;
};

/// An engine with its knobs set, and what cuDNN notes about the engine.
struct EngineConfiguration {
  GraphDescriptor descriptor;
  std::int64_t engine = 0;
  std::vector<std::pair<cudnnBackendKnobType_t, std::int64_t>> knobs;
  std::vector<cudnnBackendNumericalNote_t> numerical;
  std::vector<cudnnBackendBehaviorNote_t> behaviour;

  [[nodiscard]] bool notes(cudnnBackendNumericalNote_t note) const;
  [[nodiscard]] bool notes(cudnnBackendBehaviorNote_t note) const;
  /// "graph/41 k4=3 k16=2": engine and knobs, by which the same one is found again.
  [[nodiscard]] std::string name() const;
};

/// What cuDNN proposes for a graph, best guess first; empty where it has nothing.
std::vector<EngineConfiguration> propose(const ConvolutionGraph& graph, const PlanTarget& target,
                                         cudnnBackendHeurMode_t mode);

/// Whether a precision may use it: the same bits at every run (engines that add in no fixed order
/// are out), and no tensor cores where fp32 was promised, because they would round to TF32.
bool is_allowed(const EngineConfiguration& configuration, Precision precision);

/// Where a tensor of a graph lies in device memory. What is only read is never written there.
struct TensorAddress {
  GraphTensor tensor;
  const void* data;
};

class EnginePlan {
 public:
  /// None where the engine cannot do it after all, or wants more workspace than `most` bytes.
  /// Throws MemoryError where cuDNN finds no memory to plan in.
  static std::optional<EnginePlan> make(const EngineConfiguration& configuration,
                                        const PlanTarget& target, std::size_t most);

  [[nodiscard]] std::size_t workspace_bytes() const { return workspace_bytes_; }

  /// Enqueues it on the handle's stream, with the tensors at these addresses. Throws DeviceError.
  void execute(cudnnHandle_t handle, const std::vector<TensorAddress>& tensors,
               void* workspace) const;

 private:
  EnginePlan(GraphDescriptor plan, std::size_t workspace_bytes)
      : plan_(std::move(plan)), workspace_bytes_(workspace_bytes) {}

  GraphDescriptor plan_;
  std::size_t workspace_bytes_;
};

}  // namespace impasto::cuda
