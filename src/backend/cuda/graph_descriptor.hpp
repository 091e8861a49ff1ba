// cuDNN's graph API speaks in descriptors: bags of attributes that are set one by one and then
// finalised, when cuDNN judges the whole. This gives them owners and types.
#pragma once

#include <cudnn.h>

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "backend/cuda/handles.hpp"

namespace impasto::cuda {

/// cuDNN's name for the type of an attribute's values; other types do not compile.
template <typename T>
inline constexpr auto kAttributeType = nullptr;
template <>
inline constexpr auto kAttributeType<std::int64_t> = CUDNN_TYPE_INT64;
template <>
inline constexpr auto kAttributeType<float> = CUDNN_TYPE_FLOAT;
template <>
inline constexpr auto kAttributeType<bool> = CUDNN_TYPE_BOOLEAN;
template <>
inline constexpr auto kAttributeType<char> = CUDNN_TYPE_CHAR;
template <>
inline constexpr auto kAttributeType<cudnnHandle_t> = CUDNN_TYPE_HANDLE;
template <>
inline constexpr auto kAttributeType<cudnnDataType_t> = CUDNN_TYPE_DATA_TYPE;
template <>
inline constexpr auto kAttributeType<cudnnConvolutionMode_t> = CUDNN_TYPE_CONVOLUTION_MODE;
template <>
inline constexpr auto kAttributeType<cudnnPointwiseMode_t> = CUDNN_TYPE_POINTWISE_MODE;
template <>
inline constexpr auto kAttributeType<cudnnBackendHeurMode_t> = CUDNN_TYPE_HEUR_MODE;
template <>
inline constexpr auto kAttributeType<cudnnBackendNumericalNote_t> = CUDNN_TYPE_NUMERICAL_NOTE;
template <>
inline constexpr auto kAttributeType<cudnnBackendBehaviorNote_t> = CUDNN_TYPE_BEHAVIOR_NOTE;
template <>
inline constexpr auto kAttributeType<cudnnBackendKnobType_t> = CUDNN_TYPE_KNOB_TYPE;
template <>
inline constexpr auto kAttributeType<void*> = CUDNN_TYPE_VOID_PTR;

class GraphDescriptor {
 public:
  /// Every function here that throws, throws DeviceError with cuDNN's status.
  explicit GraphDescriptor(cudnnBackendDescriptorType_t type)
      : descriptor_(create<Owner>("cudnnBackendCreateDescriptor", make_descriptor, type)) {}

  template <typename T>
  void set(cudnnBackendAttributeName_t name, std::span<const T> values) {
    check(cudnnBackendSetAttribute(descriptor_.get(), name, kAttributeType<T>,
                                   static_cast<std::int64_t>(values.size()), values.data()),
          "cudnnBackendSetAttribute");
  }
  template <typename T>
  void set(cudnnBackendAttributeName_t name, const std::vector<T>& values) {
    set(name, std::span<const T>(values));
  }
  template <typename T>
  requires(!std::is_same_v<T, GraphDescriptor>) void set(cudnnBackendAttributeName_t name,
                                                         const T& value) {
    set(name, std::span<const T>(&value, 1));
  }
  /// `value` is to live as long as this.
  void set(cudnnBackendAttributeName_t name, const GraphDescriptor& value) {
    set(name, std::span<const GraphDescriptor>(&value, 1));
  }
  void set(cudnnBackendAttributeName_t name, std::span<const GraphDescriptor> values);

  void finalize() { check(try_finalize(), "cudnnBackendFinalize"); }
  /// The status of finalising what a library may well not support.
  [[nodiscard]] cudnnStatus_t try_finalize() { return cudnnBackendFinalize(descriptor_.get()); }

  template <typename T>
  [[nodiscard]] T get(cudnnBackendAttributeName_t name) const {
    T value{};
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(descriptor_.get(), name, kAttributeType<T>, 1, &count, &value),
          "cudnnBackendGetAttribute");
    return value;
  }
  /// At most `most` values.
  template <typename T>
  [[nodiscard]] std::vector<T> get_list(cudnnBackendAttributeName_t name, std::int64_t most) const {
    std::vector<T> values(static_cast<std::size_t>(most));
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(descriptor_.get(), name, kAttributeType<T>, most, &count,
                                   values.data()),
          "cudnnBackendGetAttribute");
    values.resize(static_cast<std::size_t>(count));
    return values;
  }
  /// Descriptors of a type that this one holds, at most `most`.
  [[nodiscard]] std::vector<GraphDescriptor> get_descriptors(cudnnBackendAttributeName_t name,
                                                             cudnnBackendDescriptorType_t type,
                                                             std::int64_t most) const;

  [[nodiscard]] cudnnBackendDescriptor_t get() const { return descriptor_.get(); }

 private:
  using Owner = std::unique_ptr<std::remove_pointer_t<cudnnBackendDescriptor_t>,
                                Releaser<cudnnBackendDestroyDescriptor>>;

  static cudnnStatus_t make_descriptor(cudnnBackendDescriptor_t* descriptor,
                                       cudnnBackendDescriptorType_t type) {
    return cudnnBackendCreateDescriptor(type, descriptor);
  }

  Owner descriptor_;
};

}  // namespace impasto::cuda
