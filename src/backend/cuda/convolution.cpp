#include "backend/cuda/convolution.hpp"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "backend/cuda/classic_pass.hpp"
#include "backend/cuda/graph_pass.hpp"
#include "backend/cuda/masked_pass.hpp"
#include "backend/cuda/way_chooser.hpp"
#include "impasto/error.hpp"
#include "kernels.hpp"

namespace impasto::cuda {
namespace {

/// Any way may have so much.
constexpr std::size_t kCommonWorkspace = std::size_t{512} << 20U;

std::int64_t stored_channels(const Context& context, std::int64_t channels) {
  return feature_storage(context.types().feature).stored_channels(channels);
}

/// The nearest float with TF32's 10 bits of mantissa, ties to even. Tensor cores cut off what lies
/// behind them, which would make every product a little too small.
float nearest_tf32(float value) {
  if (!std::isfinite(value)) {
    return value;
  }
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return std::bit_cast<float>((bits + 0xFFFU + (bits >> 13U & 1U)) & ~0x1FFFU);
}

std::vector<std::byte> in_type(const std::vector<float>& values, ElementType type) {
  std::vector<std::byte> bytes(values.size() * size_of(type));
  for (std::size_t n = 0; n < values.size(); ++n) {
    kernels::store_element(values[n], kernel_type(type), bytes.data(), n);
  }
  return bytes;
}

std::vector<float> rounded(std::vector<float> values, ElementType type) {
  const std::vector<std::byte> bytes = in_type(values, type);
  for (std::size_t n = 0; n < values.size(); ++n) {
    values[n] = kernels::load_element(bytes.data(), kernel_type(type), n);
  }
  return values;
}

/// Filters (K × C × 3 × 3) as KRSC with padded channels. `turned`: the data gradient's, turned by
/// 180° with in and out exchanged.
std::vector<float> krsc(const Context& context, const ConvolutionWeights& source, bool turned) {
  const auto k_count = static_cast<std::size_t>(source.out_channels);
  const auto c_count = static_cast<std::size_t>(source.in_channels);
  const auto k_stored = static_cast<std::size_t>(stored_channels(context, source.out_channels));
  const auto c_stored = static_cast<std::size_t>(stored_channels(context, source.in_channels));
  std::vector<float> result(k_stored * 9 * c_stored);
  for (std::size_t k = 0; k < k_count; ++k) {
    for (std::size_t c = 0; c < c_count; ++c) {
      for (std::size_t entry = 0; entry < 9; ++entry) {
        const std::size_t to =
            turned ? (c * 9 + 8 - entry) * k_stored + k : (k * 9 + entry) * c_stored + c;
        result[to] = source.weight[(k * c_count + c) * 9 + entry];
      }
    }
  }
  return result;
}

/// Filters and bias on the device, each made when it is first wanted and shared by all sizes.
class Filters final : public FilterBank {
 public:
  Filters(Context& context, const ConvolutionWeights& source)
      : context_(context), source_(source) {}

  [[nodiscard]] const ConvolutionWeights& source() const { return source_; }

  PassWeights forward(bool relu) {
    if (!bias_float_) {
      std::vector<float> bias = source_.bias;
      bias.resize(static_cast<std::size_t>(stored_channels(context_, source_.out_channels)));
      bias_ = upload(bias, context_.types().feature);
      // Rounded like the fused one: targets are measured unfused, and must not differ by a bias.
      bias_float_ = upload(rounded(bias, context_.types().feature), ElementType::kFloat32);
      forward_ = upload_filters(false, context_.types().feature);
    }
    return {forward_->data(), bias_->data(), reinterpret_cast<const float*>(bias_float_->data()),
            relu};
  }
  /// For the data gradient as a forward convolution.
  PassWeights turned() {
    if (!turned_) {
      turned_ = upload_filters(true, context_.types().dfeature);
    }
    return {turned_->data(), nullptr, nullptr, false};
  }
  /// For the kernel that reaches the picture: one float4 for each output channel and place.
  const float4* to_picture() {
    if (!to_picture_) {
      const auto stored = static_cast<std::size_t>(stored_channels(context_, source_.out_channels));
      std::vector<float> values(stored * 9 * 4);
      const auto outputs = static_cast<std::size_t>(source_.out_channels);
      for (std::size_t k = 0; k < outputs; ++k) {
        for (std::size_t c = 0; c < 3; ++c) {
          for (std::size_t entry = 0; entry < 9; ++entry) {
            values[(k * 9 + entry) * 4 + c] = source_.weight[(k * 3 + c) * 9 + entry];
          }
        }
      }
      to_picture_ = upload(values, ElementType::kFloat32);
    }
    return reinterpret_cast<const float4*>(to_picture_->data());
  }
  /// For cuDNN's own backward-data call: the forward filters in the gradients' type.
  PassWeights untwisted() {
    if (context_.types().dfeature == context_.types().feature) {
      return {forward(false).filters, nullptr, nullptr, false};
    }
    if (!untwisted_) {
      untwisted_ = upload_filters(false, context_.types().dfeature);
    }
    return {untwisted_->data(), nullptr, nullptr, false};
  }

 private:
  std::unique_ptr<DeviceMemory> upload_filters(bool turned, ElementType type) {
    std::vector<float> values = krsc(context_, source_, turned);
    if (type == ElementType::kFloat32 && context_.types().tensor_cores) {
      std::transform(values.begin(), values.end(), values.begin(), nearest_tf32);
    }
    return upload(values, type);
  }
  std::unique_ptr<DeviceMemory> upload(const std::vector<float>& values, ElementType type) {
    const std::vector<std::byte> bytes = in_type(values, type);
    auto memory = context_.allocate(bytes.size());
    check(cudaMemcpyAsync(memory->data(), bytes.data(), bytes.size(), cudaMemcpyHostToDevice,
                          context_.stream()),
          "cudaMemcpyAsync of filters");
    context_.synchronize();
    return memory;
  }

  Context& context_;
  const ConvolutionWeights& source_;
  std::unique_ptr<DeviceMemory> forward_;
  std::unique_ptr<DeviceMemory> turned_;
  std::unique_ptr<DeviceMemory> untwisted_;
  std::unique_ptr<DeviceMemory> to_picture_;
  std::unique_ptr<DeviceMemory> bias_;
  std::unique_ptr<DeviceMemory> bias_float_;
};

class CudaConvolution final : public Convolution {
 public:
  CudaConvolution(Context& context, const std::shared_ptr<FilterBank>& bank,
                  const ConvolutionSpec& spec, const ForcedChoices& forced)
      : context_(context),
        filters_(std::static_pointer_cast<Filters>(bank)),
        masks_dy_(spec.relu && !spec.masked_dy),
        masks_dx_(spec.mask_dx),
        forward_(make_forward(spec, forced.forward)) {
    if (spec.to_picture) {
      to_picture_ = filters_->to_picture();
    } else if (spec.backward) {
      backward_ = make_backward(spec, forced.backward);
    }
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    return std::max(forward_->workspace_bytes(), backward_ ? backward_->workspace_bytes() : 0);
  }

  void forward(const Tensor& x, const Tensor& y, std::byte* workspace) override {
    forward_->run({x.data, y.data}, workspace);
  }

  void dforward(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& addend,
                const Tensor& dx, std::byte* workspace) override {
    if (to_picture_ != nullptr) {
      kernels::dfirst_convolution(map_of(dy), map_of(y), masks_dy_, to_picture_,
                                  static_cast<float*>(dx.data), context_.stream());
      check_launch("dfirst_convolution");
      return;
    }
    if (masks_dy_) {
      // dz takes y's place.
      kernels::FeatureMap dz = map_of(y);
      dz.type = kernel_type(dy.type);
      kernels::drelu(map_of(dy), map_of(y), dz, context_.stream());
      check_launch("drelu");
    }
    backward_->run(
        {masks_dy_ ? y.data : dy.data, dx.data, masks_dx_ ? x.data : nullptr, addend.data},
        workspace);
  }

 private:
  [[nodiscard]] Shape stored(const Shape& shape) const {
    return {stored_channels(context_, shape.channels), shape.height, shape.width};
  }

  /// A pixel beyond half's range is infinite before any ReLU whose value could tell of it.
  [[nodiscard]] bool reads_halves_of_a_picture(const ConvolutionSpec& spec) const {
    return context_.types().feature == ElementType::kFloat16 && spec.input.channels == 3;
  }

  [[nodiscard]] std::unique_ptr<ConvolutionPass> make_forward(const ConvolutionSpec& spec,
                                                              const std::string& forced) const {
    const ElementType type = context_.types().feature;
    const PassGeometry geometry{stored(spec.input), stored(spec.output()), spec.pad ? 1 : 0, type};
    const auto weights = [filters = filters_, relu = spec.relu] { return filters->forward(relu); };
    const bool may_fuse = spec.backward && !reads_halves_of_a_picture(spec);
    std::vector<Way> ways;
    if (may_fuse) {
      ways = graph_ways(context_, graph_geometry(spec, type), weights, most_bytes(geometry));
    }
    add_classic_ways(ways, geometry, forward_choices(type, spec.relu, may_fuse),
                     [weights](const PassChoice&) { return weights(); });
    const WayChooser chooser(context_, geometry, most_bytes(geometry),
                             std::string(spec.relu ? "forward with ReLU" : "forward") +
                                 (may_fuse ? "" : ", never fused"));
    // A way that is forced but fused is none where nothing may be fused.
    const bool is_way = may_fuse || forced.starts_with("plain");
    return forced.empty() || !is_way ? chooser.choose(ways) : chooser.forced(forced, ways);
  }

  /// Whether cuDNN may apply a mask by itself. It knows nothing of overflow, which drelu tells of
  /// where a half's range may be left.
  [[nodiscard]] bool may_fuse_masks() const {
    return context_.types().feature != ElementType::kFloat16;
  }

  /// dy → dx, masked where the spec says so. As a convolution with turned filters, padding p
  /// becomes 2 − p.
  [[nodiscard]] std::unique_ptr<ConvolutionPass> make_backward(const ConvolutionSpec& spec,
                                                               const std::string& forced) const {
    const ElementType type = context_.types().dfeature;
    const int padding = spec.pad ? 1 : 0;
    const PassGeometry turned{stored(spec.output()), stored(spec.input), 2 - padding, type,
                              spec.mask_dx,          spec.add_dx};
    const auto plans = [&](GraphPattern pattern) {
      GraphGeometry geometry = graph_geometry(spec, type);
      geometry.pattern = pattern;
      return graph_ways(
          context_, geometry, [filters = filters_] { return filters->untwisted(); },
          most_bytes(turned));
    };
    std::vector<Way> ways = plans(GraphPattern::kDataGradient);
    add_classic_ways(
        ways, turned, backward_choices(type), [filters = filters_](const PassChoice& choice) {
          return choice.kind == PassKind::kBackwardData ? filters->untwisted() : filters->turned();
        });
    if (!spec.mask_dx) {
      const WayChooser chooser(context_, turned, most_bytes(turned), "backward");
      return forced.empty() ? chooser.choose(ways) : chooser.forced(forced, ways);
    }
    std::vector<Way> masked;
    if (may_fuse_masks()) {
      masked =
          plans(spec.add_dx ? GraphPattern::kAddedDataGradient : GraphPattern::kMaskedDataGradient);
    }
    for (Way& way : then_masked(context_, turned, context_.types().feature, std::move(ways))) {
      masked.push_back(std::move(way));
    }
    const WayChooser chooser(context_, turned, most_bytes(turned),
                             spec.add_dx ? "backward with addend and mask" : "backward with mask");
    return forced.empty() ? chooser.choose(masked) : chooser.forced(forced, masked);
  }

  [[nodiscard]] GraphGeometry graph_geometry(const ConvolutionSpec& spec, ElementType type) const {
    return {spec.relu ? GraphPattern::kForwardRelu : GraphPattern::kForward,
            stored(spec.input),
            stored(spec.output()),
            spec.pad ? 1 : 0,
            type,
            context_.types().feature};
  }

  [[nodiscard]] std::size_t most_bytes(const PassGeometry& geometry) const {
    const std::int64_t largest = std::max(geometry.x.elements(), geometry.y.elements());
    return most_workspace(context_.types(), storage_bytes(largest, geometry.type));
  }

  template <typename WeightsFor>
  void add_classic_ways(std::vector<Way>& ways, const PassGeometry& geometry,
                        const std::vector<PassChoice>& choices,
                        const WeightsFor& weights_for) const {
    for (const PassChoice& choice : choices) {
      ways.push_back({choice.name(), [&context = context_, geometry, choice, weights_for] {
                        return std::make_unique<ClassicPass>(context, geometry, weights_for(choice),
                                                             choice);
                      }});
    }
  }

  Context& context_;
  std::shared_ptr<Filters> filters_;
  bool masks_dy_;
  bool masks_dx_;
  const float4* to_picture_ = nullptr;  ///< the filters, where dx is a picture's gradient
  std::unique_ptr<ConvolutionPass> forward_;
  std::unique_ptr<ConvolutionPass> backward_;
};

}  // namespace

std::size_t converting_workspace(const PrecisionTypes& types, std::size_t map_bytes) {
  const bool converts = types.feature == ElementType::kFloat32 && !types.tensor_cores;
  return converts ? map_bytes / 4 * 9 : 0;
}

std::size_t most_workspace(const PrecisionTypes& types, std::size_t map_bytes) {
  // TF32's plans convert as well on GPUs before Hopper (tests/cudnn_plans).
  const PrecisionTypes in_fp32 = PrecisionTypes::of(Precision::kFp32);
  const bool may_convert = types.feature == ElementType::kFloat32;
  return std::max(kCommonWorkspace, may_convert ? converting_workspace(in_fp32, map_bytes) : 0);
}

std::shared_ptr<FilterBank> prepare_filters(Context& context, const ConvolutionWeights& weights) {
  return std::make_shared<Filters>(context, weights);
}

std::unique_ptr<Convolution> make_convolution(Context& context,
                                              const std::shared_ptr<FilterBank>& filters,
                                              const ConvolutionSpec& spec,
                                              const ForcedChoices& forced) {
  return std::make_unique<CudaConvolution>(context, filters, spec, forced);
}

}  // namespace impasto::cuda
