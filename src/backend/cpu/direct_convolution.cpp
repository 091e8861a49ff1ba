#include "backend/cpu/direct_convolution.hpp"

#include <array>
#include <string>
#include <vector>

#include "backend/cpu/feature_operations.hpp"
#include "backend/cpu/onednn.hpp"
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

/// Filters in the layout that oneDNN asked for.
class DirectFilters final : public Filters::Arrangement {
 public:
  DirectFilters(const FilterView& view, const dnnl::memory::desc& wanted)
      : direction_(view.direction), memory_(wanted, engine()) {
    const std::int64_t out = view.out_channels();
    const std::int64_t in = view.in_channels();
    std::vector<float> plain;
    plain.reserve(view.weights->weight.size());
    for (std::int64_t k = 0; k < out; ++k) {
      for (std::int64_t c = 0; c < in; ++c) {
        for (std::int64_t t = 0; t < 9; ++t) {
          plain.push_back(view.at(k, c, t));
        }
      }
    }
    dnnl::memory source({{out, in, 3, 3}, DataType::f32, FormatTag::oihw}, engine(), plain.data());
    dnnl::stream stream(engine());
    dnnl::reorder(source, memory_).execute(stream, source, memory_);
    stream.wait();
  }

  [[nodiscard]] bool is(Direction direction, const dnnl::memory::desc& wanted) const {
    return direction == direction_ && memory_.get_desc() == wanted;
  }
  [[nodiscard]] const dnnl::memory& memory() const { return memory_; }

 private:
  Direction direction_;
  dnnl::memory memory_;
};

/// A oneDNN forward convolution with its arguments bound once; only pointers change per call.
class DirectPass final : public ConvolutionPass {
 public:
  DirectPass(Filters& filters, Direction direction, const PassSpec& spec)
      : stream_(engine()), masked_(spec.masked) {
    const Shape& x = spec.x;
    const Shape& y = spec.y;
    const std::int64_t padding = spec.padding;
    const float* const bias = spec.bias;
    const dnnl::memory::desc weights({y.channels, x.channels, 3, 3}, DataType::f32, FormatTag::any);
    const dnnl::memory::desc bias_desc =
        bias != nullptr ? dnnl::memory::desc({y.channels}, DataType::f32, FormatTag::x)
                        : dnnl::memory::desc();
    dnnl::post_ops epilogue;
    if (spec.relu) {
      append_relu(epilogue);
    }
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(epilogue);
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    primitive_desc_ =
        describe_convolution(engine(), attributes, nhwc(x), weights, bias_desc, nhwc(y), padding);
    primitive_ = dnnl::convolution_forward(primitive_desc_);
    // The addresses are set before each call; the library only wants the descriptors now.
    x_ = dnnl::memory(primitive_desc_.src_desc(), engine(), nullptr);
    y_ = dnnl::memory(primitive_desc_.dst_desc(), engine(), nullptr);
    scratchpad_ = dnnl::memory(primitive_desc_.scratchpad_desc(), engine(), nullptr);
    if (bias != nullptr) {
      bias_ = dnnl::memory(primitive_desc_.bias_desc(), engine(), const_cast<float*>(bias));
    }
    const dnnl::memory::desc wanted = primitive_desc_.weights_desc();
    weights_ = filters.find_or_make<DirectFilters>(
        [&](const DirectFilters& made) { return made.is(direction, wanted); },
        [&] { return std::make_shared<DirectFilters>(filters.view(direction), wanted); });
    arguments_ = {{{DNNL_ARG_SRC, x_.get()},
                   {DNNL_ARG_DST, y_.get()},
                   {DNNL_ARG_SCRATCHPAD, scratchpad_.get()},
                   {DNNL_ARG_WEIGHTS, weights_->memory().get()},
                   {DNNL_ARG_BIAS, bias_.get(true)}}};
    argument_count_ = bias != nullptr ? 5 : 4;
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    return primitive_desc_.scratchpad_desc().get_size();
  }
  void run(const Tensor& x, const Tensor& mask, const Tensor& y, std::byte* workspace) override {
    if (masked_) {
      drelu(x, mask, mask);
    }
    checked("convolution", [&] { execute(masked_ ? mask : x, y, workspace); });
  }

 private:
  void execute(const Tensor& x, const Tensor& y, std::byte* workspace) {
    x_.set_data_handle(x.data);
    y_.set_data_handle(y.data);
    scratchpad_.set_data_handle(workspace);
    // The C call, because the C++ one allocates an argument list each time.
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive_.get(), stream_.get(), argument_count_, arguments_.data()),
        "could not execute a convolution");
    stream_.wait();
  }

  dnnl::stream stream_;
  bool masked_;
  dnnl::convolution_forward::primitive_desc primitive_desc_;
  dnnl::convolution_forward primitive_;
  dnnl::memory x_;
  dnnl::memory y_;
  dnnl::memory scratchpad_;
  std::shared_ptr<const DirectFilters> weights_;
  dnnl::memory bias_;
  std::array<dnnl_exec_arg_t, 5> arguments_{};
  int argument_count_ = 0;
};

}  // namespace

std::unique_ptr<ConvolutionPass> make_direct_pass(Filters& filters, Direction direction,
                                                  const PassSpec& spec) {
  return checked("convolution plan",
                 [&] { return std::make_unique<DirectPass>(filters, direction, spec); });
}

}  // namespace impasto::cpu
