// cuDNN's graph API: executing a plan.
#include <algorithm>
#include <cmath>

#include "cuda_emulation/cudnn_arithmetic.hpp"
#include "cuda_emulation/cudnn_graph.hpp"
#include "cuda_emulation/device.hpp"
#include "cuda_emulation/numbers.hpp"

namespace cuda_emulation {
namespace {

/// The addresses that a plan was given, by the tensors' ids.
class Addresses {
 public:
  explicit Addresses(const BackendDescriptor& pack)
      : ids_(pack.values<std::int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS)),
        pointers_(pack.values<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS)) {}

  /// Null where the id is none of those given.
  [[nodiscard]] void* of(std::int64_t id) const {
    const auto found = std::find(ids_.begin(), ids_.end(), id);
    return found == ids_.end() ? nullptr
                               : pointers_[static_cast<std::size_t>(found - ids_.begin())];
  }

 private:
  std::vector<std::int64_t> ids_;
  std::vector<void*> pointers_;
};

/// A plan with the addresses that it works on.
struct Run {
  ConvolutionParts parts;
  EngineSettings engine;
  const void* input = nullptr;
  const void* filters = nullptr;
  const void* bias = nullptr;
  const void* map = nullptr;
  const void* addend = nullptr;
  void* output = nullptr;

  [[nodiscard]] const cudnnTensorStruct& from() const { return parts.forward ? parts.x : parts.y; }
  [[nodiscard]] const cudnnTensorStruct& to() const { return parts.forward ? parts.y : parts.x; }

  [[nodiscard]] std::vector<Argument> inputs() const {
    std::vector<Argument> all{{"input", input, bytes_of(from())},
                              {"filters", filters, bytes_of(parts.w)}};
    if (parts.bias) {
      all.push_back(
          {"bias", bias, static_cast<std::size_t>(parts.w.k) * element_bytes(parts.w.type)});
    }
    if (parts.mask) {
      all.push_back({"map", map, extent(to()) * element_bytes(parts.map_type)});
    }
    if (parts.addition) {
      all.push_back({"addend", addend, bytes_of(to())});
    }
    return all;
  }

  void execute() const {
    const Geometry geometry = its_geometry();
    const Floats weights = filter_matrix(geometry, filters);
    for (int n = 0; n < from().shape[0]; ++n) {
      const Floats values = gather(from(), input, n, geometry.tf32());
      finish(n, parts.forward ? convolve(geometry, values, weights)
                              : convolve_back(geometry, values, weights));
    }
  }

 private:
  [[nodiscard]] Geometry its_geometry() const {
    cudnnConvolutionStruct convolution = parts.convolution;
    convolution.math = engine.tensor_cores ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH;
    return Geometry({&parts.x, &parts.w, &convolution, &parts.y});
  }

  /// Bias or addend, ReLU or mask in float, then one rounding. Sums in no fixed order come out
  /// otherwise every time.
  void finish(int n, const Floats& sums) const {
    const cudaDataType type = element_type(to().type);
    const float error =
        engine.deterministic
            ? 1
            : 1 + std::ldexp(static_cast<float>(Device::instance().counters.graph_plans), -16);
    visit_elements(to(), n, [&](std::size_t place, std::size_t dense, int channel) {
      float value = sums[dense] * error;
      if (parts.bias) {
        value += load(type, bias, static_cast<std::size_t>(channel));
      }
      if (parts.addition) {
        value += load(type, addend, place);
      }
      const bool zero = (parts.relu && !(value > 0)) ||
                        (parts.mask && !(load(element_type(parts.map_type), map, place) > 0));
      store(type, output, place, zero ? 0 : value);
    });
  }
};

}  // namespace
}  // namespace cuda_emulation

using cuda_emulation::Addresses;
using cuda_emulation::Argument;
using cuda_emulation::BackendDescriptor;
using cuda_emulation::Device;
using cuda_emulation::Locked;
using cuda_emulation::refuse;
using cuda_emulation::Run;
using cuda_emulation::Workspace;

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan_handle,
                                  cudnnBackendDescriptor_t pack_handle) {
  const Locked lock;
  const BackendDescriptor* plan = cuda_emulation::live_descriptor(plan_handle);
  const BackendDescriptor* pack = cuda_emulation::live_descriptor(pack_handle);
  if (!cuda_emulation::is_handle(handle) || plan == nullptr || pack == nullptr ||
      plan->type != CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR ||
      pack->type != CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR || !plan->finalized || !pack->finalized) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle, or no finalised plan and pack");
  }
  const Addresses addresses(*pack);
  const auto& parts = *plan->parts;
  const Run run{parts,
                plan->engines.front(),
                addresses.of(parts.input),
                addresses.of(parts.filters),
                addresses.of(parts.bias_id),
                addresses.of(parts.map),
                addresses.of(parts.addend),
                addresses.of(parts.output)};
  // A pack says nothing of the workspace's size: what the plan wants is what is used.
  const Workspace workspace{*pack->value<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE),
                            plan->workspace_bytes, plan->workspace_bytes};
  std::vector<Argument> arguments = run.inputs();
  const Argument output{"output", run.output, cuda_emulation::bytes_of(run.to())};
  if (const auto status = cuda_emulation::examine(arguments, output, workspace);
      status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  arguments.push_back(output);
  return cuda_emulation::submit(handle, [=] {
    cuda_emulation::enter(arguments, workspace);
    ++Device::instance().counters.graph_plans;
    Device::instance().counters.masked_plans += parts.mask ? 1U : 0U;
    Device::instance().counters.added_plans += parts.addition ? 1U : 0U;
    run.execute();
  });
}
