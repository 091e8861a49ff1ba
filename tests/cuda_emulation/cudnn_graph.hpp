// The emulated cuDNN's graph API: descriptors as bags of attributes, the few graphs that it can
// execute, and the engines that it offers for them.
#pragma once

#include <cudnn.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cuda_emulation/cudnn.hpp"

namespace cuda_emulation {

struct BackendDescriptor;

/// The values of one attribute, as they were set.
struct AttributeValues {
  cudnnBackendAttributeType_t type = CUDNN_TYPE_INT64;
  std::int64_t count = 0;
  std::vector<std::byte> bytes;
};

/// A graph that can be executed: a convolution or data gradient, and what follows it.
struct ConvolutionParts {
  bool forward = true;
  bool bias = false;
  bool relu = false;
  bool mask = false;
  bool addition = false;  ///< of a map to a data gradient
  cudnnTensorStruct x;    ///< of the forward pass, also for a data gradient
  cudnnFilterStruct w;
  cudnnConvolutionStruct convolution;
  cudnnTensorStruct y;
  cudnnDataType_t map_type = CUDNN_DATA_FLOAT;
  std::int64_t input = 0, filters = 0, bias_id = 0, map = 0, addend = 0,
               output = 0;  ///< unique ids
};

/// An engine with its knobs set. Numbers, notes and workspaces are made up.
struct EngineSettings {
  std::int64_t index = 0;
  bool tensor_cores = false;
  bool deterministic = true;
  bool compiled = false;    ///< at run time
  bool plans = true;        ///< false: proposed, but refused when a plan is to be made
  std::int64_t stages = 0;  ///< the one knob
};

struct BackendDescriptor {
  explicit BackendDescriptor(cudnnBackendDescriptorType_t its_type) : type(its_type) {}

  cudnnBackendDescriptorType_t type;
  bool finalized = false;
  std::map<cudnnBackendAttributeName_t, AttributeValues> attributes;
  std::shared_ptr<const ConvolutionParts> parts;  ///< of a graph, and of what was made of it
  std::vector<EngineSettings> engines;  ///< those proposed, or the one of a configuration or plan
  std::size_t workspace_bytes = 0;      ///< of a plan

  /// The first value of an attribute, or nothing where it was not set.
  template <typename T>
  [[nodiscard]] std::optional<T> value(cudnnBackendAttributeName_t name) const {
    const std::vector<T> all = values<T>(name);
    return all.empty() ? std::nullopt : std::optional<T>(all.front());
  }
  template <typename T>
  [[nodiscard]] std::vector<T> values(cudnnBackendAttributeName_t name) const {
    const auto found = attributes.find(name);
    if (found == attributes.end()) {
      return {};
    }
    const T* first = reinterpret_cast<const T*>(found->second.bytes.data());
    return std::vector<T>(first, first + found->second.count);
  }
  /// The descriptors of an attribute; null for one that is dead or was not finalised.
  [[nodiscard]] std::vector<const BackendDescriptor*> descriptors(
      cudnnBackendAttributeName_t name) const;
  [[nodiscard]] const BackendDescriptor* descriptor(cudnnBackendAttributeName_t name) const;
};

/// Null for what is no descriptor (any more).
BackendDescriptor* live_descriptor(cudnnBackendDescriptor_t descriptor);

/// Whether a descriptor has this attribute, of values of this type and so many of them.
cudnnStatus_t examine_attribute(const BackendDescriptor& descriptor,
                                cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                std::int64_t count);

/// Whether the attributes that a descriptor needs are there and fit each other.
cudnnStatus_t examine_descriptor(BackendDescriptor& descriptor);

/// What a graph computes; nothing, and the reason for cudnnGetLastErrorString, where the emulation
/// has no engine for it.
std::shared_ptr<const ConvolutionParts> recognise(const BackendDescriptor& graph);

/// What is proposed for a graph on the emulated device.
std::vector<EngineSettings> proposals(const ConvolutionParts& parts, cudnnBackendHeurMode_t mode);

/// What an engine's plan takes of workspace.
std::size_t plan_workspace(const ConvolutionParts& parts, const EngineSettings& engine);

}  // namespace cuda_emulation
