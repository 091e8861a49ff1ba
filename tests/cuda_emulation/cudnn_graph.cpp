// cuDNN's graph API: making, setting, finalising and reading descriptors.
#include "cuda_emulation/cudnn_graph.hpp"

#include <algorithm>
#include <set>

#include "cuda_emulation/device.hpp"

using cuda_emulation::BackendDescriptor;
using cuda_emulation::Device;
using cuda_emulation::EngineSettings;
using cuda_emulation::Locked;
using cuda_emulation::refuse;

namespace {

std::set<const void*>& descriptors() {
  static auto* all = new std::set<const void*>;
  return *all;
}

std::size_t size_of(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
      return sizeof(void*);
    case CUDNN_TYPE_INT64:
      return sizeof(std::int64_t);
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR:
      return 1;
    default:
      return 4;  // float and enumerations
  }
}

/// Copies what there is room for.
template <typename T>
cudnnStatus_t give(const std::vector<T>& values, std::int64_t wanted, std::int64_t* count,
                   void* array) {
  if (array != nullptr) {
    const auto given = std::min(wanted, static_cast<std::int64_t>(values.size()));
    std::copy_n(values.data(), given, static_cast<T*>(array));
  }
  if (count != nullptr) {
    *count = static_cast<std::int64_t>(values.size());
  }
  return CUDNN_STATUS_SUCCESS;
}

/// Fills descriptors that the caller made, each with one of `engines`.
cudnnStatus_t fill(const BackendDescriptor& from, cudnnBackendDescriptorType_t type,
                   const std::vector<EngineSettings>& engines, std::int64_t wanted,
                   std::int64_t* count, void* array) {
  if (count == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no place for the number of descriptors");
  }
  *count = static_cast<std::int64_t>(engines.size());
  if (array == nullptr) {
    return CUDNN_STATUS_SUCCESS;
  }
  *count = std::min(*count, wanted);
  for (std::int64_t n = 0; n < *count; ++n) {
    BackendDescriptor* to =
        cuda_emulation::live_descriptor(static_cast<cudnnBackendDescriptor_t*>(array)[n]);
    if (to == nullptr || to->type != type) {
      return refuse(CUDNN_STATUS_BAD_PARAM, "a descriptor to be filled is of another type");
    }
    to->parts = from.parts;
    to->engines = {engines[static_cast<std::size_t>(n)]};
    to->finalized = true;
  }
  return CUDNN_STATUS_SUCCESS;
}

std::vector<cudnnBackendNumericalNote_t> numerical_notes(const EngineSettings& engine) {
  std::vector<cudnnBackendNumericalNote_t> notes;
  if (engine.tensor_cores) {
    notes.push_back(CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
  }
  if (!engine.deterministic) {
    notes.push_back(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC);
  }
  return notes;
}

std::vector<cudnnBackendBehaviorNote_t> behaviour_notes(const EngineSettings& engine) {
  return engine.compiled ? std::vector{CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION}
                         : std::vector<cudnnBackendBehaviorNote_t>{};
}

}  // namespace

namespace cuda_emulation {

BackendDescriptor* live_descriptor(cudnnBackendDescriptor_t descriptor) {
  return descriptors().count(descriptor) == 1 ? static_cast<BackendDescriptor*>(descriptor)
                                              : nullptr;
}

std::vector<const BackendDescriptor*> BackendDescriptor::descriptors(
    cudnnBackendAttributeName_t name) const {
  std::vector<const BackendDescriptor*> result;
  for (const cudnnBackendDescriptor_t each : values<cudnnBackendDescriptor_t>(name)) {
    const BackendDescriptor* live = live_descriptor(each);
    result.push_back(live != nullptr && live->finalized ? live : nullptr);
  }
  return result;
}

const BackendDescriptor* BackendDescriptor::descriptor(cudnnBackendAttributeName_t name) const {
  const std::vector<const BackendDescriptor*> all = descriptors(name);
  return all.empty() ? nullptr : all.front();
}

}  // namespace cuda_emulation

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type,
                                           cudnnBackendDescriptor_t* descriptor) {
  const Locked lock;
  if (descriptor == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no place for the descriptor");
  }
  if (!Device::instance().graph_api) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "this library has no graph API");
  }
  *descriptor = new BackendDescriptor(type);
  descriptors().insert(*descriptor);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor) {
  const Locked lock;
  if (descriptors().erase(descriptor) == 0) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such descriptor");
  }
  delete static_cast<BackendDescriptor*>(descriptor);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, std::int64_t count,
                                       const void* values) {
  const Locked lock;
  BackendDescriptor* live = cuda_emulation::live_descriptor(descriptor);
  if (live == nullptr || values == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no such descriptor, or no values");
  }
  if (live->finalized) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "the descriptor is finalised");
  }
  if (const auto status = cuda_emulation::examine_attribute(*live, name, type, count);
      status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  const auto* first = static_cast<const std::byte*>(values);
  live->attributes[name] = {
      type, count, {first, first + static_cast<std::size_t>(count) * size_of(type)}};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor) {
  const Locked lock;
  BackendDescriptor* live = cuda_emulation::live_descriptor(descriptor);
  if (live == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no such descriptor");
  }
  const cudnnStatus_t status = cuda_emulation::examine_descriptor(*live);
  live->finalized = status == CUDNN_STATUS_SUCCESS;
  return status;
}

cudnnStatus_t cudnnBackendGetAttribute(const cudnnBackendDescriptor_t descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, std::int64_t wanted,
                                       std::int64_t* count, void* array) {
  const Locked lock;
  const BackendDescriptor* live = cuda_emulation::live_descriptor(descriptor);
  if (live == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no such descriptor");
  }
  if (!live->finalized) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "the descriptor is not finalised");
  }
  const auto& engines = live->engines;
  const auto is = [&](cudnnBackendDescriptorType_t owner, cudnnBackendAttributeName_t wanted_name,
                      cudnnBackendAttributeType_t wanted_type) {
    return live->type == owner && name == wanted_name && type == wanted_type;
  };
  if (is(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_RESULTS,
         CUDNN_TYPE_BACKEND_DESCRIPTOR)) {
    return fill(*live, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, engines, wanted, count, array);
  }
  if (is(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_ENGINE,
         CUDNN_TYPE_BACKEND_DESCRIPTOR)) {
    return fill(*live, CUDNN_BACKEND_ENGINE_DESCRIPTOR, engines, wanted, count, array);
  }
  if (is(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES,
         CUDNN_TYPE_BACKEND_DESCRIPTOR)) {
    // The real one does not count these for who gives no room for them (9.19).
    return fill(*live, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR,
                array == nullptr ? std::vector<EngineSettings>{} : engines, wanted, count, array);
  }
  if (is(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE,
         CUDNN_TYPE_KNOB_TYPE)) {
    return give(std::vector{CUDNN_KNOB_TYPE_STAGES}, wanted, count, array);
  }
  if (is(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE,
         CUDNN_TYPE_INT64)) {
    return give(std::vector{engines.front().stages}, wanted, count, array);
  }
  if (is(CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64)) {
    return give(std::vector{engines.front().index}, wanted, count, array);
  }
  if (is(CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
         CUDNN_TYPE_NUMERICAL_NOTE)) {
    return give(numerical_notes(engines.front()), wanted, count, array);
  }
  if (is(CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE,
         CUDNN_TYPE_BEHAVIOR_NOTE)) {
    return give(behaviour_notes(engines.front()), wanted, count, array);
  }
  if (is(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
         CUDNN_TYPE_INT64)) {
    return give(std::vector{static_cast<std::int64_t>(live->workspace_bytes)}, wanted, count,
                array);
  }
  return refuse(CUDNN_STATUS_NOT_SUPPORTED, "an attribute that the emulation does not know");
}
