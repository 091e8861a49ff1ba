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

#include "backend/cuda/contest.hpp"
#include "backend/run_choices.hpp"
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
  std::unique_ptr<DeviceMemory> bias_;
  std::unique_ptr<DeviceMemory> bias_float_;
};

/// Chooses between the ways of one direction.
class Chooser {
 public:
  Chooser(Context& context, const PassGeometry& geometry, std::string direction)
      : context_(context),
        geometry_(geometry),
        key_(context.choice_prefix() + ", " + std::move(direction) + ", " + to_string(geometry.x) +
             " to " + std::to_string(geometry.y.channels) + ", padding " +
             std::to_string(geometry.padding)) {}

  /// `weights_for(choice)` gives what the choice convolves with.
  template <typename WeightsFor>
  std::unique_ptr<ConvolutionPass> choose(const std::vector<PassChoice>& choices,
                                          const WeightsFor& weights_for) {
    std::unique_ptr<ConvolutionPass> pass = known_way(choices, weights_for);
    if (!pass) {
      pass = context_.chooses_without_clock() ? first_that_works(choices, weights_for)
                                              : fastest(choices, weights_for);
    }
    note_choice(key_, pass->choice().name());
    return pass;
  }

 private:
  /// The way of a run that is resumed, or the one remembered as the fastest; nothing without
  /// either.
  template <typename WeightsFor>
  std::unique_ptr<ConvolutionPass> known_way(const std::vector<PassChoice>& choices,
                                             const WeightsFor& weights_for) {
    const std::optional<std::string> preferred = preferred_choice(key_);
    const std::optional<std::string> known = preferred ? preferred : context_.choices().find(key_);
    return known ? attempt_named(*known, choices, weights_for) : nullptr;
  }

  /// Nothing where no choice has this name, or cuDNN refuses it.
  template <typename WeightsFor>
  std::unique_ptr<ConvolutionPass> attempt_named(const std::string& name,
                                                 const std::vector<PassChoice>& choices,
                                                 const WeightsFor& weights_for) {
    for (const PassChoice& choice : choices) {
      if (choice.name() == name) {
        return attempt(choice, weights_for(choice));
      }
    }
    return nullptr;
  }

  std::unique_ptr<ConvolutionPass> attempt(const PassChoice& choice, const PassWeights& weights) {
    try {
      auto pass = std::make_unique<ConvolutionPass>(context_, geometry_, weights, choice);
      const std::int64_t largest = std::max(geometry_.x.elements(), geometry_.y.elements());
      if (pass->workspace_bytes() <=
          most_workspace(context_.types(), storage_bytes(largest, geometry_.type))) {
        return pass;
      }
      last_refusal_ = choice.name() + " wants too large a workspace";
    } catch (const DeviceError& error) {
      last_refusal_ = error.what();
    }
    return nullptr;
  }

  /// Without a clock: the best guess that cuDNN does not refuse when it is called. Throws
  /// MemoryError where there is no room for it: a run that took the next one would end otherwise
  /// than one with more memory.
  template <typename WeightsFor>
  std::unique_ptr<ConvolutionPass> first_that_works(const std::vector<PassChoice>& choices,
                                                    const WeightsFor& weights_for) {
    for (const PassChoice& choice : choices) {
      auto pass = attempt(choice, weights_for(choice));
      if (pass && runs(context_, geometry_, *pass, refused())) {
        context_.notes().push_back(key_ + ": " + choice.name() + ", the first that works");
        return pass;
      }
    }
    throw_no_way();
  }

  std::function<void(const std::string&)> refused() {
    return [this](const std::string& why) { last_refusal_ = why; };
  }

  [[noreturn]] void throw_no_way() const {
    throw DeviceError("cuDNN knows no way for " + key_, last_refusal_,
                      "try another --precision, or --device cpu");
  }

  template <typename WeightsFor>
  std::unique_ptr<ConvolutionPass> fastest(const std::vector<PassChoice>& choices,
                                           const WeightsFor& weights_for) {
    std::vector<std::unique_ptr<ConvolutionPass>> passes;
    for (const PassChoice& choice : choices) {
      if (auto pass = attempt(choice, weights_for(choice))) {
        passes.push_back(std::move(pass));
      }
    }
    std::optional<Winner> winner = fastest_pass(context_, geometry_, std::move(passes), refused());
    if (!winner) {
      throw_no_way();
    }
    const std::string name = winner->pass->choice().name();
    char text[32];
    std::snprintf(text, sizeof text, ", %.3f ms", winner->milliseconds);
    context_.notes().push_back(key_ + ": " + name + text);
    std::unique_ptr<ConvolutionPass> agreed;
    const auto is_believed = [&](const std::string& stored) {
      agreed = attempt_named(stored, choices, weights_for);
      return agreed != nullptr;
    };
    context_.choices().store(key_, name, is_believed);
    return agreed ? std::move(agreed) : std::move(winner->pass);
  }

  Context& context_;
  PassGeometry geometry_;
  std::string key_;
  std::string last_refusal_ = "no way was tried";
};

class CudaConvolution final : public Convolution {
 public:
  CudaConvolution(Context& context, const std::shared_ptr<FilterBank>& bank,
                  const ConvolutionSpec& spec, const ForcedChoices& forced)
      : context_(context),
        filters_(std::static_pointer_cast<Filters>(bank)),
        relu_(spec.relu),
        forward_(make_forward(spec, forced.forward)) {
    if (spec.backward) {
      backward_ = make_backward(spec, forced.backward);
    }
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    return std::max(forward_->workspace_bytes(), backward_ ? backward_->workspace_bytes() : 0);
  }

  void forward(const Tensor& x, const Tensor& y, std::byte* workspace) override {
    forward_->run(x.data, y.data, workspace);
  }

  void dforward(const Tensor& dy, const Tensor& y, const Tensor& dx,
                std::byte* workspace) override {
    if (relu_) {
      // dz takes y's place.
      kernels::FeatureMap dz = map_of(y);
      dz.type = kernel_type(dy.type);
      kernels::drelu(map_of(dy), map_of(y), dz, context_.stream());
      check_launch("drelu");
    }
    backward_->run(relu_ ? y.data : dy.data, dx.data, workspace);
  }

 private:
  [[nodiscard]] Shape stored(const Shape& shape) const {
    return {stored_channels(context_, shape.channels), shape.height, shape.width};
  }

  /// A pixel beyond half's range is infinite before any ReLU whose value could tell of it.
  [[nodiscard]] bool reads_halves_of_a_picture(const ConvolutionSpec& spec) const {
    return context_.types().feature == ElementType::kFloat16 && spec.input.channels == 3;
  }

  [[nodiscard]] std::unique_ptr<ConvolutionPass> make_forward(
      const ConvolutionSpec& spec, const std::optional<PassChoice>& forced) const {
    const ElementType type = context_.types().feature;
    const PassGeometry geometry{stored(spec.input), stored(spec.output()), spec.pad ? 1 : 0, type};
    const auto weights_for = [&](const PassChoice&) { return filters_->forward(spec.relu); };
    const bool may_fuse = spec.backward && !reads_halves_of_a_picture(spec);
    if (forced && (may_fuse || forced->kind != PassKind::kFused)) {
      return std::make_unique<ConvolutionPass>(context_, geometry, weights_for(*forced), *forced);
    }
    return Chooser(context_, geometry,
                   std::string(spec.relu ? "forward with ReLU" : "forward") +
                       (may_fuse ? "" : ", never fused"))
        .choose(forward_choices(type, spec.relu, may_fuse), weights_for);
  }

  /// dy → dx. As a convolution with turned filters, padding p becomes 2 − p.
  [[nodiscard]] std::unique_ptr<ConvolutionPass> make_backward(
      const ConvolutionSpec& spec, const std::optional<PassChoice>& forced) const {
    const ElementType type = context_.types().dfeature;
    const int padding = spec.pad ? 1 : 0;
    const PassGeometry turned{stored(spec.output()), stored(spec.input), 2 - padding, type};
    const auto weights_for = [&](const PassChoice& choice) {
      return choice.kind == PassKind::kBackwardData ? filters_->untwisted() : filters_->turned();
    };
    if (forced) {
      return std::make_unique<ConvolutionPass>(context_, turned, weights_for(*forced), *forced);
    }
    return Chooser(context_, turned, "backward").choose(backward_choices(type), weights_for);
  }

  Context& context_;
  std::shared_ptr<Filters> filters_;
  bool relu_;
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
