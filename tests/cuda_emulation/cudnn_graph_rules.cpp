// Which attributes the graph API's descriptors take, and which of them fit each other.
#include <algorithm>
#include <array>
#include <limits>

#include "cuda_emulation/cudnn_graph.hpp"
#include "cuda_emulation/device.hpp"

namespace cuda_emulation {
namespace {

struct AttributeRule {
  cudnnBackendDescriptorType_t owner;
  cudnnBackendAttributeName_t name;
  cudnnBackendAttributeType_t type;
  std::int64_t least;
  std::int64_t most;
  bool required = true;
};

constexpr auto kTensor = CUDNN_BACKEND_TENSOR_DESCRIPTOR;
constexpr auto kConvolution = CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR;
constexpr auto kPointwise = CUDNN_BACKEND_POINTWISE_DESCRIPTOR;
constexpr auto kForward = CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR;
constexpr auto kBackward = CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR;
constexpr auto kElements = CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR;
constexpr auto kGraph = CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR;
constexpr auto kHeuristics = CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR;
constexpr auto kPlan = CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR;
constexpr auto kPack = CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR;
constexpr auto kDescriptor = CUDNN_TYPE_BACKEND_DESCRIPTOR;

constexpr AttributeRule kRules[] = {
    {kTensor, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, 1},
    {kTensor, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, 1},
    {kTensor, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 1, CUDNN_DIM_MAX},
    {kTensor, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 1, CUDNN_DIM_MAX},
    {kTensor, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, 1},
    {kTensor, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, 1, false},
    {kConvolution, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, 1},
    {kConvolution, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, 1},
    {kConvolution, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, 1},
    {kConvolution, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, 2},
    {kConvolution, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, 2},
    {kConvolution, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, 2},
    {kConvolution, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, 2},
    {kPointwise, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, 1},
    {kPointwise, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, 1},
    {kForward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, kDescriptor, 1, 1},
    {kForward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, kDescriptor, 1, 1},
    {kForward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, kDescriptor, 1, 1},
    {kForward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, kDescriptor, 1, 1},
    {kForward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, 1, 1},
    {kForward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, 1, 1},
    {kBackward, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, kDescriptor, 1, 1},
    {kBackward, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, kDescriptor, 1, 1},
    {kBackward, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, kDescriptor, 1, 1},
    {kBackward, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, kDescriptor, 1, 1},
    {kBackward, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_TYPE_FLOAT, 1, 1},
    {kBackward, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, CUDNN_TYPE_FLOAT, 1, 1},
    {kElements, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, kDescriptor, 1, 1},
    {kElements, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, kDescriptor, 1, 1},
    {kElements, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, kDescriptor, 1, 1, false},
    {kElements, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, kDescriptor, 1, 1, false},
    {kElements, CUDNN_ATTR_OPERATION_POINTWISE_DYDESC, kDescriptor, 1, 1, false},
    {kElements, CUDNN_ATTR_OPERATION_POINTWISE_DXDESC, kDescriptor, 1, 1, false},
    {kGraph, CUDNN_ATTR_OPERATIONGRAPH_OPS, kDescriptor, 1, 64},
    {kGraph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, 1, false},
    {kHeuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, kDescriptor, 1, 1},
    {kHeuristics, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, 1},
    {kPlan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, kDescriptor, 1, 1},
    {kPlan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, 1},
    {kPack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 1, 64},
    {kPack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 1, 64},
    {kPack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, 1}};

/// What is required was set, and what it refers to is there and finalised.
cudnnStatus_t examine_presence(const BackendDescriptor& descriptor) {
  for (const AttributeRule& rule : kRules) {
    if (rule.owner != descriptor.type) {
      continue;
    }
    const bool set = descriptor.attributes.count(rule.name) == 1;
    if (!set && rule.required) {
      return refuse(CUDNN_STATUS_BAD_PARAM,
                    "attribute " + std::to_string(rule.name) + " was not set");
    }
    if (set && rule.type == kDescriptor) {
      for (const BackendDescriptor* each : descriptor.descriptors(rule.name)) {
        if (each == nullptr) {
          return refuse(CUDNN_STATUS_BAD_PARAM,
                        "attribute " + std::to_string(rule.name) + " is gone or not finalised");
        }
      }
    }
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t examine_tensor(const BackendDescriptor& tensor) {
  const auto sizes = tensor.values<std::int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS);
  const auto strides = tensor.values<std::int64_t>(CUDNN_ATTR_TENSOR_STRIDES);
  if (sizes.size() != strides.size()) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "as many strides as sizes are wanted");
  }
  std::int64_t elements = 1;
  for (const std::int64_t size : sizes) {
    if (size <= 0) {
      return refuse(CUDNN_STATUS_BAD_PARAM, "a tensor's sizes must be positive");
    }
    elements *= size;
    if (elements > std::numeric_limits<std::int32_t>::max()) {
      return refuse(CUDNN_STATUS_NOT_SUPPORTED, "too many elements for the emulation");
    }
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t examine_heuristics(BackendDescriptor& heuristics) {
  const BackendDescriptor& graph = *heuristics.descriptor(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
  heuristics.parts = recognise(graph);
  if (!heuristics.parts) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  heuristics.engines = proposals(
      *heuristics.parts, *heuristics.value<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE));
  return heuristics.engines.empty()
             ? refuse(CUDNN_STATUS_NOT_SUPPORTED, "no engine for this graph on this device")
             : CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t examine_plan(BackendDescriptor& plan) {
  Device& device = Device::instance();
  if (device.plan_to_fail > 0 && --device.plan_to_fail == 0) {
    return refuse(CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED, "no memory for a plan");
  }
  const BackendDescriptor& configuration =
      *plan.descriptor(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
  if (!is_handle(*plan.value<cudnnHandle_t>(CUDNN_ATTR_EXECUTION_PLAN_HANDLE))) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "no such handle");
  }
  if (configuration.engines.size() != 1) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "the configuration did not come from heuristics");
  }
  plan.parts = configuration.parts;
  plan.engines = configuration.engines;
  if (!plan.engines.front().plans) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "the engine cannot do it after all");
  }
  plan.workspace_bytes = plan_workspace(*plan.parts, plan.engines.front());
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t examine_pack(const BackendDescriptor& pack) {
  return pack.values<std::int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS).size() ==
                 pack.values<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS).size()
             ? CUDNN_STATUS_SUCCESS
             : refuse(CUDNN_STATUS_BAD_PARAM, "as many addresses as ids are wanted");
}

}  // namespace

cudnnStatus_t examine_attribute(const BackendDescriptor& descriptor,
                                cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                std::int64_t count) {
  const auto* rule = std::find_if(std::begin(kRules), std::end(kRules), [&](const auto& each) {
    return each.owner == descriptor.type && each.name == name;
  });
  if (rule == std::end(kRules)) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "an attribute that the emulation does not know");
  }
  if (rule->type != type || count < rule->least || count > rule->most) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "values of another type, or too few or many of them");
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t examine_descriptor(BackendDescriptor& descriptor) {
  if (const auto status = examine_presence(descriptor); status != CUDNN_STATUS_SUCCESS) {
    return status;
  }
  switch (descriptor.type) {
    case kTensor:
      return examine_tensor(descriptor);
    case kHeuristics:
      return examine_heuristics(descriptor);
    case kPlan:
      return examine_plan(descriptor);
    case kPack:
      return examine_pack(descriptor);
    case kConvolution:
    case kPointwise:
    case kForward:
    case kBackward:
    case kElements:
    case kGraph:
      return CUDNN_STATUS_SUCCESS;
    default:
      return refuse(CUDNN_STATUS_NOT_SUPPORTED, "a descriptor that the emulation does not know");
  }
}

}  // namespace cuda_emulation
