#include "transfer/memory_need.hpp"

#include <algorithm>
#include <string>

#include "backend/host_limits.hpp"
#include "impasto/error.hpp"
#include "network/plan.hpp"
#include "optim/optimizer.hpp"
#include "transfer/sizes.hpp"
#include "transfer/taps.hpp"

namespace impasto {
namespace {

constexpr std::int64_t kSizeStep = 16;
constexpr std::int64_t kLargestSide = 32768;

/// Filters of the convolutions that the plan walks through: forward, turned and, where gradients
/// have another type than features, forward in that type.
std::size_t filter_bytes(const Backend& backend, const Plan& plan) {
  const FeatureStorage storage = backend.feature_storage();
  const std::size_t banks = backend.feature_type() == backend.dfeature_type() ? 2 : 3;
  std::size_t bytes = 0;
  for (const Step& step : plan.steps) {
    if (step.kind == StepKind::kConvolution) {
      const std::int64_t in = storage.stored_channels(plan.values[step.x].shape.channels);
      const std::int64_t out = storage.stored_channels(plan.values[step.y].shape.channels);
      bytes +=
          banks * aligned_bytes(static_cast<std::size_t>(9 * in * out) * storage.element_bytes);
    }
  }
  return bytes;
}

std::int64_t largest_map(const FeatureStorage& storage, const Plan& plan) {
  std::int64_t elements = 0;
  for (const Value& value : plan.values) {
    elements =
        std::max(elements, storage.stored_channels(value.shape.channels) * value.shape.positions());
  }
  return elements;
}

}  // namespace

std::size_t MemoryNeed::total() const {
  return filters + walk + losses + pictures + workspace + std::max(style, optimizer);
}

MemoryNeed memory_need(const Backend& backend, const Image& content,
                       const std::vector<Image>& styles, const NetworkWeights& weights,
                       const TransferOptions& options) {
  const std::vector<Layer> layers = layers_of(weights);
  const TapPlan taps = plan_taps(options, layers);
  const PixelSize size = scales_of(options, content).back().size;
  const Shape picture{3, size.height, size.width};
  const FeatureStorage storage = backend.feature_storage();
  const Plan plan = make_plan(
      layers, {picture, taps.taps, true, options.pooling, options.padding, content.name}, storage);
  MemoryNeed need;
  need.filters = filter_bytes(backend, plan);
  need.walk = plan.arena_bytes;
  need.largest_map = largest_map(storage, plan);
  const std::vector<Shape> features = tap_shapes(plan);
  need.losses = loss_bytes(backend, forms_of(options), taps.content, taps.style, features);
  const std::size_t vector = backend.bytes_of(picture, Layout::kPlain);
  need.optimizer = optimizer_vectors(options) * vector;
  need.pictures = (backend.runs_ahead() ? 3 : 2) * vector;
  std::vector<std::size_t> style_taps;
  for (const LossTerm& term : taps.style) {
    style_taps.push_back(taps.taps[term.tap]);
  }
  if (!style_taps.empty()) {
    for (const Image& style : styles) {
      const PixelSize style_size = style_size_of(options, style, size);
      const Shape shape{3, style_size.height, style_size.width};
      const Plan style_plan = make_plan(
          layers, {shape, style_taps, false, options.pooling, options.padding, style.name},
          storage);
      need.style =
          std::max(need.style, style_plan.arena_bytes + backend.bytes_of(shape, Layout::kPlain));
      need.largest_map = std::max(need.largest_map, largest_map(storage, style_plan));
    }
  }
  need.workspace =
      backend.likely_workspace(static_cast<std::size_t>(need.largest_map) * storage.element_bytes);
  return need;
}

MemoryLimit memory_limit(const Backend& backend) {
  if (const std::optional<std::size_t> device = backend.free_bytes()) {
    return {*device, true, kUnlimitedAddresses, "on the device"};
  }
  const HostLimit host = host_limit();
  return {host.bytes, host.is_hard(), machine_memory(),
          host.is_hard() ? "under " + host.set_by : "here"};
}

void require_maps_that_fit(const Backend& backend, const MemoryNeed& need) {
  if (need.largest_map > backend.most_elements()) {
    throw MemoryError("a feature map would have " + std::to_string(need.largest_map) +
                          " elements, and " + backend.name() + " takes " +
                          std::to_string(backend.most_elements()) + " at most",
                      "--size", "choose a smaller --size");
  }
}

std::size_t room_beside(const Backend& backend, const MemoryNeed& need) {
  if (backend.free_bytes()) {
    return need.total() / 19;
  }
  // Measured under ulimit -v with a new cache of choices, at 32 to 512 pixels: 47 MiB for the
  // smallest network and picture, and for the built-in network 183 MiB at a need of 19 MiB, 403 MiB
  // at 140 MiB and 507 MiB at 384 MiB.
  constexpr std::size_t kLibraries = std::size_t{448} << 20U;
  return kLibraries + need.total() / 4;
}

std::optional<std::int64_t> largest_size(const Backend& backend, const Image& content,
                                         const std::vector<Image>& styles,
                                         const NetworkWeights& weights,
                                         const TransferOptions& options, std::size_t available) {
  enum class Fit { kTooSmall, kFits, kTooLarge };
  const auto fit = [&](std::int64_t side) {
    TransferOptions at_size = options;
    at_size.size = side;
    at_size.scales.clear();
    at_size.scale_iterations.clear();
    at_size.upscale = true;
    try {
      const MemoryNeed need = memory_need(backend, content, styles, weights, at_size);
      const bool fits = need.largest_map <= backend.most_elements() &&
                        need.total() + room_beside(backend, need) <= available;
      return fits ? Fit::kFits : Fit::kTooLarge;
    } catch (const InputError&) {
      return Fit::kTooSmall;  // for the network, so not too large for the memory
    }
  };
  std::int64_t low = 0;
  std::int64_t high = kLargestSide / kSizeStep;
  while (low < high) {
    const std::int64_t middle = (low + high + 1) / 2;
    if (fit(middle * kSizeStep) == Fit::kTooLarge) {
      high = middle - 1;
    } else {
      low = middle;
    }
  }
  const std::int64_t largest = low * kSizeStep;
  return low > 0 && fit(largest) == Fit::kFits ? std::optional(largest) : std::nullopt;
}

}  // namespace impasto
