#include "backend/cpu/convolution.hpp"

#include <algorithm>
#include <array>
#include <dnnl.hpp>
#include <string>
#include <utility>
#include <vector>

#include "backend/cpu/feature_operations.hpp"
#include "impasto/error.hpp"

namespace impasto::cpu {
namespace {

using DataType = dnnl::memory::data_type;
using FormatTag = dnnl::memory::format_tag;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// Runs `call` and turns oneDNN's exception into ours.
template <typename Call>
auto checked(const char* name, const Call& call) {
  try {
    return call();
  } catch (const dnnl::error& error) {
    throw DeviceError(
        "oneDNN failed with status " + std::to_string(error.status) + ", " + error.what(), name,
        "please report this with the output of impasto --version");
  }
}

dnnl::memory::desc nhwc(const Shape& shape) {
  return {{1, shape.channels, shape.height, shape.width}, DataType::f32, FormatTag::nhwc};
}

/// The data gradient's filters: turned by 180°, in and out channels exchanged. C × K × 3 × 3.
std::vector<float> turned(const ConvolutionWeights& source) {
  const auto taps = static_cast<std::size_t>(9);
  const auto k_count = static_cast<std::size_t>(source.out_channels);
  const auto c_count = static_cast<std::size_t>(source.in_channels);
  std::vector<float> result(source.weight.size());
  for (std::size_t k = 0; k < k_count; ++k) {
    for (std::size_t c = 0; c < c_count; ++c) {
      for (std::size_t t = 0; t < taps; ++t) {
        result[(c * k_count + k) * taps + (taps - 1 - t)] =
            source.weight[(k * c_count + c) * taps + t];
      }
    }
  }
  return result;
}

/// Filters in the layouts that oneDNN asked for, each made once and shared by all sizes.
class Filters final : public FilterBank {
 public:
  explicit Filters(const ConvolutionWeights& source) : source_(&source) {}

  [[nodiscard]] const ConvolutionWeights& source() const { return *source_; }

  dnnl::memory forward(const dnnl::memory::desc& wanted) {
    return find_or_make(forward_, wanted, [&] {
      return reorder(source_->weight.data(), source_->out_channels, source_->in_channels, wanted);
    });
  }
  dnnl::memory backward(const dnnl::memory::desc& wanted) {
    return find_or_make(backward_, wanted, [&] {
      return reorder(turned(*source_).data(), source_->in_channels, source_->out_channels, wanted);
    });
  }

 private:
  using Made = std::vector<std::pair<dnnl::memory::desc, dnnl::memory>>;

  template <typename Make>
  static dnnl::memory find_or_make(Made& made, const dnnl::memory::desc& wanted, const Make& make) {
    for (const auto& [desc, memory] : made) {
      if (desc == wanted) {
        return memory;
      }
    }
    made.emplace_back(wanted, make());
    return made.back().second;
  }

  static dnnl::memory reorder(const float* values, std::int64_t out, std::int64_t in,
                              const dnnl::memory::desc& wanted) {
    // oneDNN only reads the source of a reorder.
    dnnl::memory plain({{out, in, 3, 3}, DataType::f32, FormatTag::oihw}, engine(),
                       const_cast<float*>(values));
    dnnl::memory result(wanted, engine());
    dnnl::stream stream(engine());
    dnnl::reorder(plain, result).execute(stream, plain, result);
    stream.wait();
    return result;
  }

  const ConvolutionWeights* source_;
  Made forward_;
  Made backward_;
};

/// One direction: a oneDNN forward convolution with its arguments bound once; only pointers change
/// per call.
class Pass {
 public:
  /// x → y with `padding` zeros around x; no bias where `bias` is null.
  Pass(const Shape& x, const Shape& y, std::int64_t padding, bool relu, const float* bias)
      : stream_(engine()) {
    const dnnl::memory::desc weights({y.channels, x.channels, 3, 3}, DataType::f32, FormatTag::any);
    const dnnl::memory::desc bias_desc =
        bias != nullptr ? dnnl::memory::desc({y.channels}, DataType::f32, FormatTag::x)
                        : dnnl::memory::desc();
    dnnl::post_ops epilogue;
    if (relu) {
      epilogue.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    }
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(epilogue);
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::convolution_forward::desc description(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, nhwc(x), weights,
        bias_desc, nhwc(y), {1, 1}, {padding, padding}, {padding, padding});
    primitive_desc_ = {description, attributes, engine()};
    primitive_ = dnnl::convolution_forward(primitive_desc_);
    // The addresses are set before each call; the library only wants the descriptors now.
    x_ = dnnl::memory(primitive_desc_.src_desc(), engine(), nullptr);
    y_ = dnnl::memory(primitive_desc_.dst_desc(), engine(), nullptr);
    scratchpad_ = dnnl::memory(primitive_desc_.scratchpad_desc(), engine(), nullptr);
    if (bias != nullptr) {
      bias_ = dnnl::memory(primitive_desc_.bias_desc(), engine(), const_cast<float*>(bias));
    }
  }

  [[nodiscard]] dnnl::memory::desc weights_desc() const { return primitive_desc_.weights_desc(); }
  [[nodiscard]] std::size_t scratchpad_bytes() const {
    return primitive_desc_.scratchpad_desc().get_size();
  }
  void set_weights(const dnnl::memory& weights) {
    weights_ = weights;
    arguments_ = {{{DNNL_ARG_SRC, x_.get()},
                   {DNNL_ARG_DST, y_.get()},
                   {DNNL_ARG_SCRATCHPAD, scratchpad_.get()},
                   {DNNL_ARG_WEIGHTS, weights_.get()},
                   {DNNL_ARG_BIAS, bias_.get(true)}}};
    argument_count_ = bias_.get(true) != nullptr ? 5 : 4;
  }

  void run(const Tensor& x, const Tensor& y, std::byte* workspace) {
    x_.set_data_handle(x.data, stream_);
    y_.set_data_handle(y.data, stream_);
    scratchpad_.set_data_handle(workspace, stream_);
    // The C call, because the C++ one allocates an argument list each time.
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive_.get(), stream_.get(), argument_count_, arguments_.data()),
        "could not execute a convolution");
    stream_.wait();
  }

 private:
  dnnl::stream stream_;
  dnnl::convolution_forward::primitive_desc primitive_desc_;
  dnnl::convolution_forward primitive_;
  dnnl::memory x_;
  dnnl::memory y_;
  dnnl::memory scratchpad_;
  dnnl::memory weights_;
  dnnl::memory bias_;
  std::array<dnnl_exec_arg_t, 5> arguments_{};
  int argument_count_ = 0;
};

class OneDnnConvolution final : public Convolution {
 public:
  OneDnnConvolution(const std::shared_ptr<FilterBank>& bank, const ConvolutionSpec& spec)
      : filters_(std::static_pointer_cast<Filters>(bank)),
        relu_(spec.relu),
        forward_(spec.input, spec.output(), spec.pad ? 1 : 0, spec.relu,
                 filters_->source().bias.data()) {
    forward_.set_weights(filters_->forward(forward_.weights_desc()));
    if (spec.backward) {
      // A convolution of dy with the turned filters; padding p becomes 2 − p.
      backward_ =
          std::make_unique<Pass>(spec.output(), spec.input, spec.pad ? 1 : 2, false, nullptr);
      backward_->set_weights(filters_->backward(backward_->weights_desc()));
    }
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    return std::max(forward_.scratchpad_bytes(), backward_ ? backward_->scratchpad_bytes() : 0);
  }
  void forward(const Tensor& x, const Tensor& y, std::byte* workspace) override {
    checked("convolution forward", [&] { forward_.run(x, y, workspace); });
  }
  void dforward(const Tensor& dy, const Tensor& y, const Tensor& dx,
                std::byte* workspace) override {
    if (relu_) {
      drelu(dy, y, y);
    }
    checked("convolution backward data", [&] { backward_->run(relu_ ? y : dy, dx, workspace); });
  }

 private:
  std::shared_ptr<Filters> filters_;
  bool relu_;
  Pass forward_;
  std::unique_ptr<Pass> backward_;
};

}  // namespace

std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights) {
  return std::make_shared<Filters>(weights);
}

std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                              const ConvolutionSpec& spec) {
  return checked("convolution plan",
                 [&] { return std::make_unique<OneDnnConvolution>(filters, spec); });
}

}  // namespace impasto::cpu
