#include "backend/cuda/graph_descriptor.hpp"

namespace impasto::cuda {
namespace {

std::vector<cudnnBackendDescriptor_t> handles_of(std::span<const GraphDescriptor> descriptors) {
  std::vector<cudnnBackendDescriptor_t> handles;
  handles.reserve(descriptors.size());
  for (const GraphDescriptor& descriptor : descriptors) {
    handles.push_back(descriptor.get());
  }
  return handles;
}

}  // namespace

void GraphDescriptor::set(cudnnBackendAttributeName_t name,
                          std::span<const GraphDescriptor> values) {
  const std::vector<cudnnBackendDescriptor_t> handles = handles_of(values);
  check(cudnnBackendSetAttribute(descriptor_.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                 static_cast<std::int64_t>(handles.size()), handles.data()),
        "cudnnBackendSetAttribute");
}

std::vector<GraphDescriptor> GraphDescriptor::get_descriptors(cudnnBackendAttributeName_t name,
                                                              cudnnBackendDescriptorType_t type,
                                                              std::int64_t most) const {
  // Without room for them cuDNN counts some kinds of descriptors and says 0 of others (knobs).
  std::int64_t count = 0;
  check(cudnnBackendGetAttribute(descriptor_.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count,
                                 nullptr),
        "cudnnBackendGetAttribute");
  count = count == 0 ? most : count;
  // The caller makes the descriptors, cuDNN fills them.
  std::vector<GraphDescriptor> values;
  for (std::int64_t n = 0; n < std::min(count, most); ++n) {
    values.emplace_back(type);
  }
  std::vector<cudnnBackendDescriptor_t> handles = handles_of(values);
  check(cudnnBackendGetAttribute(descriptor_.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                 static_cast<std::int64_t>(handles.size()), &count, handles.data()),
        "cudnnBackendGetAttribute");
  values.erase(values.begin() + count, values.end());
  return values;
}

}  // namespace impasto::cuda
