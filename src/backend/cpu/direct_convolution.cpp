#include "backend/cpu/direct_convolution.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/feature_operations.hpp"
#include "backend/cpu/one_thread.hpp"
#include "backend/cpu/onednn.hpp"
#include "core/shortage.hpp"
#include "impasto/error.hpp"

namespace impasto::cpu {
namespace {

using DataType = dnnl::memory::data_type;
using FormatTag = dnnl::memory::format_tag;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// oneDNN generates code for each primitive, and where it is refused memory for it writes to where
/// there is none. So this asks first; throws MemoryError. Measured: at most 2.3 MiB for one.
void require_room_for_primitive() {
  constexpr std::size_t kRoom = std::size_t{16} << 20U;
  require_memory_left(kRoom, "16 MiB for oneDNN");
}

/// Runs `call` and turns oneDNN's exception into ours.
template <typename Call>
auto checked(const char* name, const Call& call) {
  try {
    return call();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) {
      throw MemoryError("oneDNN has not enough memory", name, "choose a smaller --size");
    }
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
    require_room_for_primitive();
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

/// Rows of y that are computed together, from rows of x and zeros around those.
struct Strip {
  std::int64_t first = 0;  ///< row of y
  std::int64_t rows = 0;   ///< of y
  std::int64_t x_first = 0;
  std::int64_t x_rows = 0;
  std::int64_t top = 0;  ///< rows of zeros above those of x
  std::int64_t bottom = 0;

  /// Whether one oneDNN primitive serves both.
  [[nodiscard]] bool same_shape(const Strip& other) const {
    return rows == other.rows && top == other.top && bottom == other.bottom;
  }
};

/// Strips of about kStripFloats values read and written, of about the same height.
std::vector<Strip> cut_into_strips(const PassSpec& spec) {
  constexpr std::int64_t kStripFloats = std::int64_t{1} << 17U;
  const Shape& y = spec.y;
  const std::int64_t row_floats = (spec.x.channels + y.channels) * y.width;
  const std::int64_t count =
      std::clamp<std::int64_t>(row_floats * y.height / kStripFloats, 1, y.height);
  std::vector<Strip> strips;
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t first = n * y.height / count;
    const std::int64_t end = (n + 1) * y.height / count;
    // Row i of y sees the three rows of x from i − padding on.
    Strip strip{first, end - first, std::max<std::int64_t>(0, first - spec.padding)};
    strip.top = std::max<std::int64_t>(0, spec.padding - first);
    strip.bottom = std::max<std::int64_t>(0, end + 2 - spec.padding - spec.x.height);
    strip.x_rows = strip.rows + 2 - strip.top - strip.bottom;
    strips.push_back(strip);
  }
  return strips;
}

/// A oneDNN forward convolution for strips of one shape. Each thread has its arguments, bound once;
/// only pointers change per call.
class StripConvolution {
 public:
  StripConvolution(Filters& filters, Direction direction, const PassSpec& spec, const Strip& strip,
                   int threads)
      : strip_(strip) {
    const Shape x{spec.x.channels, strip.x_rows, spec.x.width};
    const Shape y{spec.y.channels, strip.rows, spec.y.width};
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
    require_room_for_primitive();
    const auto described =
        describe_convolution(engine(), attributes, nhwc(x), weights, bias_desc, nhwc(y),
                             {strip.top, spec.padding}, {strip.bottom, spec.padding});
    primitive_ = dnnl::convolution_forward(described);
    scratchpad_bytes_ = described.scratchpad_desc().get_size();
    if (bias != nullptr) {
      bias_ = dnnl::memory(described.bias_desc(), engine(), const_cast<float*>(bias));
    }
    const dnnl::memory::desc wanted = described.weights_desc();
    weights_ = filters.find_or_make<DirectFilters>(
        [&](const DirectFilters& made) { return made.is(direction, wanted); },
        [&] { return std::make_shared<DirectFilters>(filters.view(direction), wanted); });
    for (int thread = 0; thread < threads; ++thread) {
      // The addresses are set before each call; the library only wants the descriptors now.
      calls_.push_back({dnnl::stream(engine()),
                        dnnl::memory(described.src_desc(), engine(), nullptr),
                        dnnl::memory(described.dst_desc(), engine(), nullptr),
                        dnnl::memory(described.scratchpad_desc(), engine(), nullptr)});
    }
  }

  [[nodiscard]] bool serves(const Strip& strip) const { return strip_.same_shape(strip); }
  [[nodiscard]] std::size_t scratchpad_bytes() const { return scratchpad_bytes_; }

  /// The strip's rows of y =, from its rows of x; `thread` of the pool calls.
  void run(const float* x, float* y, std::byte* scratchpad, int thread) {
    Call& call = calls_[static_cast<std::size_t>(thread)];
    call.x.set_data_handle(const_cast<float*>(x));
    call.y.set_data_handle(y);
    call.scratchpad.set_data_handle(scratchpad);
    const std::array<dnnl_exec_arg_t, 5> arguments{{{DNNL_ARG_SRC, call.x.get()},
                                                    {DNNL_ARG_DST, call.y.get()},
                                                    {DNNL_ARG_SCRATCHPAD, call.scratchpad.get()},
                                                    {DNNL_ARG_WEIGHTS, weights_->memory().get()},
                                                    {DNNL_ARG_BIAS, bias_.get(true)}}};
    // The C call, because the C++ one allocates an argument list each time.
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive_.get(), call.stream.get(),
                               bias_.get(true) != nullptr ? 5 : 4, arguments.data()),
        "could not execute a convolution");
    call.stream.wait();
  }

 private:
  /// One thread's.
  struct Call {
    dnnl::stream stream;
    dnnl::memory x;
    dnnl::memory y;
    dnnl::memory scratchpad;
  };

  Strip strip_;
  dnnl::convolution_forward primitive_;
  std::size_t scratchpad_bytes_ = 0;
  std::shared_ptr<const DirectFilters> weights_;
  dnnl::memory bias_;
  std::vector<Call> calls_;
};

class DirectPass final : public ConvolutionPass {
 public:
  DirectPass(ThreadPool& pool, Filters& filters, Direction direction, const PassSpec& spec)
      : pool_(pool), spec_(spec), strips_(cut_into_strips(spec)) {
    const OneThread one_thread;
    for (const Strip& strip : strips_) {
      const auto made = std::find_if(convolutions_.begin(), convolutions_.end(),
                                     [&](const auto& known) { return known->serves(strip); });
      by_strip_.push_back(static_cast<std::size_t>(made - convolutions_.begin()));
      if (made == convolutions_.end()) {
        convolutions_.push_back(
            std::make_unique<StripConvolution>(filters, direction, spec, strip, pool.threads()));
        scratchpad_bytes_ =
            std::max(scratchpad_bytes_, round_up(convolutions_.back()->scratchpad_bytes()));
      }
    }
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    return static_cast<std::size_t>(pool_.threads()) * scratchpad_bytes_;
  }
  void run(const Tensor& x, const Tensor& mask, const Tensor& y, std::byte* workspace) override {
    if (spec_.masked) {
      drelu(pool_, x, mask, mask);
    }
    const auto* const from = static_cast<const float*>(spec_.masked ? mask.data : x.data);
    auto* const to = static_cast<float*>(y.data);
    const auto strips = static_cast<std::int64_t>(strips_.size());
    checked("convolution", [&] {
      pool_.for_each(strips, [&](std::int64_t n, int thread) {
        const OneThread one_thread;
        const Strip& strip = strips_[static_cast<std::size_t>(n)];
        convolutions_[by_strip_[static_cast<std::size_t>(n)]]->run(
            from + strip.x_first * spec_.x.width * spec_.x.channels,
            to + strip.first * spec_.y.width * spec_.y.channels,
            workspace + static_cast<std::size_t>(thread) * scratchpad_bytes_, thread);
      });
    });
  }

 private:
  /// To whole cache lines, so that every thread's scratchpad is aligned.
  static std::size_t round_up(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

  ThreadPool& pool_;
  PassSpec spec_;
  std::vector<Strip> strips_;
  std::vector<std::size_t> by_strip_;  ///< which convolution serves a strip
  std::vector<std::unique_ptr<StripConvolution>> convolutions_;
  std::size_t scratchpad_bytes_ = 0;  ///< of one thread
};

}  // namespace

std::unique_ptr<ConvolutionPass> make_direct_pass(ThreadPool& pool, Filters& filters,
                                                  Direction direction, const PassSpec& spec) {
  return checked("convolution plan",
                 [&] { return std::make_unique<DirectPass>(pool, filters, direction, spec); });
}

}  // namespace impasto::cpu
