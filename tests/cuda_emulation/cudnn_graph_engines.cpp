// Which graphs the emulated cuDNN can execute, and the engines that it proposes for them.
#include <algorithm>
#include <array>
#include <string>

#include "cuda_emulation/cudnn_graph.hpp"
#include "cuda_emulation/device.hpp"

namespace cuda_emulation {
namespace {

std::nullptr_t decline(const std::string& why) {
  refuse(CUDNN_STATUS_NOT_SUPPORTED, why);
  return nullptr;
}

std::array<int, 4> four(const std::vector<std::int64_t>& values) {
  std::array<int, 4> result{};
  for (std::size_t n = 0; n < std::min<std::size_t>(4, values.size()); ++n) {
    result[n] = static_cast<int>(values[n]);
  }
  return result;
}

cudnnDataType_t type_of(const BackendDescriptor& tensor) {
  return *tensor.value<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE);
}
std::int64_t id_of(const BackendDescriptor& tensor) {
  return *tensor.value<std::int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID);
}
bool is_virtual(const BackendDescriptor& tensor) {
  return tensor.value<bool>(CUDNN_ATTR_TENSOR_IS_VIRTUAL).value_or(false);
}

cudnnTensorStruct tensor_struct(const BackendDescriptor& tensor) {
  return {true, type_of(tensor), four(tensor.values<std::int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS)),
          four(tensor.values<std::int64_t>(CUDNN_ATTR_TENSOR_STRIDES))};
}

/// KRSC alone.
std::optional<cudnnFilterStruct> filter_struct(const BackendDescriptor& tensor) {
  const cudnnTensorStruct as_tensor = tensor_struct(tensor);
  if (!is_nhwc_packed(as_tensor)) {
    return std::nullopt;
  }
  const auto& [k, c, h, w] = as_tensor.shape;
  return cudnnFilterStruct{true, as_tensor.type, CUDNN_TENSOR_NHWC, k, c, h, w};
}

std::optional<cudnnConvolutionStruct> convolution_struct(const BackendDescriptor& d) {
  const auto before = d.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS);
  const auto strides = d.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES);
  const auto dilations = d.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_DILATIONS);
  if (before != d.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS)) {
    return std::nullopt;
  }
  const auto number = [](std::int64_t value) { return static_cast<int>(value); };
  return cudnnConvolutionStruct{true,
                                number(before[0]),
                                number(before[1]),
                                number(strides[0]),
                                number(strides[1]),
                                number(dilations[0]),
                                number(dilations[1]),
                                *d.value<cudnnConvolutionMode_t>(CUDNN_ATTR_CONVOLUTION_CONV_MODE),
                                *d.value<cudnnDataType_t>(CUDNN_ATTR_CONVOLUTION_COMP_TYPE),
                                CUDNN_FMA_MATH};
}

/// Reads a graph's operations one after another, following what passes from each to the next.
class Reader {
 public:
  explicit Reader(const BackendDescriptor& graph)
      : operations_(graph.descriptors(CUDNN_ATTR_OPERATIONGRAPH_OPS)) {}

  std::shared_ptr<const ConvolutionParts> read() {
    for (const BackendDescriptor* operation : operations_) {
      if (operation == nullptr) {
        return decline("an operation of the graph is gone");
      }
    }
    if (!read_convolution() || !read_pointwise()) {
      return nullptr;
    }
    if (is_virtual(*last_) || type_of(*last_) != parts_.x.type) {
      return decline("the output is virtual, or of another type than the input");
    }
    parts_.output = id_of(*last_);
    std::size_t workspace = 0;
    const ConvolutionDescriptors all{&parts_.x, &parts_.w, &parts_.convolution, &parts_.y};
    if (examine_forward(all, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, &workspace) !=
        CUDNN_STATUS_SUCCESS) {
      return nullptr;
    }
    return std::make_shared<const ConvolutionParts>(parts_);
  }

 private:
  bool read_convolution() {
    const BackendDescriptor& first = *operations_.front();
    parts_.forward = first.type == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR;
    if (!parts_.forward &&
        first.type != CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR) {
      decline("a graph begins with a convolution or a data gradient");
      return false;
    }
    const auto attribute = [&](auto forward, auto backward) {
      return parts_.forward ? forward : backward;
    };
    const BackendDescriptor& x = *first.descriptor(attribute(
        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX));
    const BackendDescriptor& w = *first.descriptor(attribute(
        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W));
    const BackendDescriptor& y = *first.descriptor(attribute(
        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY));
    const auto filter = filter_struct(w);
    const auto convolution = convolution_struct(
        *first.descriptor(attribute(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                                    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC)));
    const auto scale =
        *first.value<float>(attribute(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA));
    const auto old = *first.value<float>(attribute(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
                                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA));
    if (!filter || !convolution || scale != 1 || old != 0) {
      decline("filters other than KRSC, uneven padding, or scaled sums");
      return false;
    }
    const BackendDescriptor& input = parts_.forward ? x : y;
    last_ = parts_.forward ? &y : &x;
    parts_.x = tensor_struct(x);
    parts_.y = tensor_struct(y);
    parts_.x.type = parts_.y.type = type_of(input);
    parts_.w = *filter;
    parts_.convolution = *convolution;
    parts_.input = id_of(input);
    parts_.filters = id_of(w);
    return true;
  }

  bool read_pointwise() {
    for (std::size_t n = 1; n < operations_.size(); ++n) {
      // Others than float ones give no configuration.
      if (!is_virtual(*last_) || type_of(*last_) != CUDNN_DATA_FLOAT) {
        decline("what passes from one operation to the next is virtual and float");
        return false;
      }
      const BackendDescriptor& operation = *operations_[n];
      if (operation.type != CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR || !read_one(operation)) {
        decline("an operation that the emulation does not know in this place");
        return false;
      }
    }
    return true;
  }

  bool read_one(const BackendDescriptor& operation) {
    const BackendDescriptor& mode =
        *operation.descriptor(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
    const BackendDescriptor& x = *operation.descriptor(CUDNN_ATTR_OPERATION_POINTWISE_XDESC);
    const BackendDescriptor* y = operation.descriptor(CUDNN_ATTR_OPERATION_POINTWISE_YDESC);
    const BackendDescriptor* b = operation.descriptor(CUDNN_ATTR_OPERATION_POINTWISE_BDESC);
    switch (*mode.value<cudnnPointwiseMode_t>(CUDNN_ATTR_POINTWISE_MODE)) {
      case CUDNN_POINTWISE_ADD:
        return continues(x) && b != nullptr && follow(y) &&
               (parts_.forward ? read_bias(*b) : read_addend(*b));
      case CUDNN_POINTWISE_RELU_FWD:
        parts_.relu = true;
        return parts_.forward && parts_.bias && continues(x) && follow(y);
      case CUDNN_POINTWISE_RELU_BWD:
        return read_mask(operation, x);
      default:
        return false;
    }
  }

  bool read_bias(const BackendDescriptor& b) {
    const cudnnTensorStruct bias = tensor_struct(b);
    if (parts_.bias || parts_.relu) {
      return false;
    }
    parts_.bias = true;
    parts_.bias_id = id_of(b);
    return bias.type == parts_.x.type && bias.shape == std::array<int, 4>{1, parts_.w.k, 1, 1};
  }

  bool read_addend(const BackendDescriptor& b) {
    const cudnnTensorStruct addend = tensor_struct(b);
    if (parts_.addition || parts_.mask) {
      return false;
    }
    parts_.addition = true;
    parts_.addend = id_of(b);
    return addend.type == parts_.x.type && addend.shape == parts_.x.shape && is_nhwc_packed(addend);
  }

  bool read_mask(const BackendDescriptor& operation, const BackendDescriptor& map) {
    const BackendDescriptor* dy = operation.descriptor(CUDNN_ATTR_OPERATION_POINTWISE_DYDESC);
    parts_.mask = true;
    parts_.map = id_of(map);
    parts_.map_type = type_of(map);
    return !parts_.forward && dy != nullptr && continues(*dy) &&
           tensor_struct(map).shape == parts_.x.shape && is_nhwc_packed(tensor_struct(map)) &&
           follow(operation.descriptor(CUDNN_ATTR_OPERATION_POINTWISE_DXDESC));
  }

  [[nodiscard]] bool continues(const BackendDescriptor& tensor) const {
    return id_of(tensor) == id_of(*last_);
  }
  bool follow(const BackendDescriptor* output) {
    if (output == nullptr || tensor_struct(*output).shape != tensor_struct(*last_).shape) {
      return false;
    }
    last_ = output;
    return true;
  }

  std::vector<const BackendDescriptor*> operations_;
  const BackendDescriptor* last_ = nullptr;  ///< the tensor that the operations so far give
  ConvolutionParts parts_;
};

}  // namespace

std::shared_ptr<const ConvolutionParts> recognise(const BackendDescriptor& graph) {
  return Reader(graph).read();
}

std::vector<EngineSettings> proposals(const ConvolutionParts& parts, cudnnBackendHeurMode_t mode) {
  const Device& device = Device::instance();
  const bool tensor_cores = device.major >= 8 || parts.x.type == CUDNN_DATA_HALF;
  if (parts.x.type == CUDNN_DATA_BFLOAT16 && device.major < 8) {
    return {};
  }
  std::vector<EngineSettings> engines;
  if (parts.mask || parts.addition) {
    // Compiled, with tensor cores, or not at all.
    if (device.run_time_compiler && tensor_cores && mode != CUDNN_HEUR_MODE_FALLBACK) {
      engines.push_back({14, true, true, true, true, 3});
    }
    return engines;
  }
  const std::int64_t best = parts.forward ? 41 : 67;
  if (mode == CUDNN_HEUR_MODE_A) {
    engines.push_back({2, false, false, false, true, 0});
    engines.push_back({best + 4, tensor_cores, true, false, false, 4});
  }
  if (tensor_cores && mode != CUDNN_HEUR_MODE_FALLBACK) {
    engines.push_back({best, true, true, false, true, mode == CUDNN_HEUR_MODE_A ? 3 : 4});
  }
  engines.push_back({0, false, true, false, true, 0});
  return engines;
}

std::size_t plan_workspace(const ConvolutionParts& parts, const EngineSettings& engine) {
  const std::size_t maps = bytes_of(parts.x) + bytes_of(parts.y);
  const bool hopper = Device::instance().major >= 9;
  if (engine.tensor_cores && (hopper || parts.x.type != CUDNN_DATA_FLOAT)) {
    return 0;
  }
  return (maps * 9 / 8 / 256 + 1) * 256;
}

}  // namespace cuda_emulation
