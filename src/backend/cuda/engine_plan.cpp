#include "backend/cuda/engine_plan.hpp"

#include <algorithm>
#include <utility>

#include "impasto/error.hpp"

namespace impasto::cuda {
namespace {

constexpr std::int64_t kMostProposals = 128;
constexpr std::int64_t kMostKnobs = 64;

std::vector<std::pair<cudnnBackendKnobType_t, std::int64_t>> read_knobs(
    const GraphDescriptor& configuration) {
  std::vector<std::pair<cudnnBackendKnobType_t, std::int64_t>> knobs;
  for (const GraphDescriptor& knob : configuration.get_descriptors(
           CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, kMostKnobs)) {
    knobs.emplace_back(knob.get<cudnnBackendKnobType_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE),
                       knob.get<std::int64_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE));
  }
  return knobs;
}

EngineConfiguration read_configuration(GraphDescriptor descriptor) {
  const std::vector<GraphDescriptor> engine =
      descriptor.get_descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, 1);
  EngineConfiguration configuration{std::move(descriptor), 0, {}, {}, {}};
  configuration.engine = engine.front().get<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
  configuration.knobs = read_knobs(configuration.descriptor);
  configuration.numerical = engine.front().get_list<cudnnBackendNumericalNote_t>(
      CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
  configuration.behaviour = engine.front().get_list<cudnnBackendBehaviorNote_t>(
      CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_BEHAVIOR_NOTE_TYPE_COUNT);
  return configuration;
}

}  // namespace

PlanTarget PlanTarget::described(const std::string& description) {
#if CUDNN_VERSION >= 90800
  GraphDescriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  device.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, std::span<const char>(description));
  device.finalize();
  return PlanTarget(std::move(device));
#else
  throw DeviceError("cuDNN plans for described devices since 9.8 only", description,
                    "build with a newer cuDNN");
#endif
}

bool EngineConfiguration::notes(cudnnBackendNumericalNote_t note) const {
  return std::ranges::find(numerical, note) != numerical.end();
}

bool EngineConfiguration::notes(cudnnBackendBehaviorNote_t note) const {
  return std::ranges::find(behaviour, note) != behaviour.end();
}

std::string EngineConfiguration::name() const {
  std::string text = "graph/" + std::to_string(engine);
  for (const auto& [knob, value] : knobs) {
    text += " k" + std::to_string(static_cast<int>(knob)) + "=" + std::to_string(value);
  }
  return text;
}

std::vector<EngineConfiguration> propose(const ConvolutionGraph& graph, const PlanTarget& target,
                                         cudnnBackendHeurMode_t mode) {
  GraphDescriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph.descriptor());
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
#if CUDNN_VERSION >= 90800
  if (target.device() != nullptr) {
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *target.device());
  }
#endif
  if (heuristics.try_finalize() != CUDNN_STATUS_SUCCESS) {
    return {};
  }
  std::vector<EngineConfiguration> configurations;
  for (GraphDescriptor& descriptor : heuristics.get_descriptors(
           CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, kMostProposals)) {
    configurations.push_back(read_configuration(std::move(descriptor)));
  }
  return configurations;
}

bool is_allowed(const EngineConfiguration& configuration, Precision precision) {
  if (configuration.notes(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC)) {
    return false;
  }
  return precision != Precision::kFp32 ||
         (!configuration.notes(CUDNN_NUMERICAL_NOTE_TENSOR_CORE) &&
          !configuration.notes(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS));
}

std::optional<EnginePlan> EnginePlan::make(const EngineConfiguration& configuration,
                                           const PlanTarget& target, std::size_t most) {
  GraphDescriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration.descriptor);
  if (target.handle() != nullptr) {
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, target.handle());
  }
#if CUDNN_VERSION >= 90800
  if (target.device() != nullptr) {
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *target.device());
  }
#endif
  const cudnnStatus_t status = plan.try_finalize();
  if (is_out_of_memory(status)) {
    check(status, "cudnnBackendFinalize of a plan");
  }
  if (status != CUDNN_STATUS_SUCCESS) {
    return std::nullopt;
  }
  const auto bytes = plan.get<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
  if (bytes < 0 || static_cast<std::size_t>(bytes) > most) {
    return std::nullopt;
  }
  return EnginePlan(std::move(plan), static_cast<std::size_t>(bytes));
}

void EnginePlan::execute(cudnnHandle_t handle, const std::vector<TensorAddress>& tensors,
                         void* workspace) const {
  std::vector<std::int64_t> ids;
  std::vector<void*> addresses;
  for (const TensorAddress& each : tensors) {
    ids.push_back(static_cast<std::int64_t>(each.tensor));
    addresses.push_back(const_cast<void*>(each.data));
  }
  GraphDescriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids);
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, addresses);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace);
  pack.finalize();
  check(cudnnBackendExecute(handle, plan_.get(), pack.get()), "cudnnBackendExecute");
}

}  // namespace impasto::cuda
