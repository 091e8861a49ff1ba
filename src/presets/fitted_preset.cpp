#include "presets/fitted_preset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "impasto/error.hpp"
#include "network/topology.hpp"
#include "presets/option_table.hpp"
#include "presets/parse.hpp"
#include "presets/presets.hpp"

namespace impasto {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "relu3_1" as its parts; number 0 for anything else.
struct TapName {
  std::string kind;  ///< conv, relu
  int block = 0;
  int number = 0;
};

TapName parse_tap(const std::string& tap) {
  constexpr std::size_t kKindLength = 4;
  TapName name;
  name.kind = tap.substr(0, kKindLength);
  const char* end = tap.data() + tap.size();
  if (name.kind != "conv" && name.kind != "relu") {
    return name;
  }
  const auto block = std::from_chars(tap.data() + kKindLength, end, name.block);
  if (block.ec == std::errc() && block.ptr != end && *block.ptr == '_') {
    std::from_chars(block.ptr + 1, end, name.number);
  }
  return name;
}

/// Replaces the layers that are missing, and notes them.
std::vector<LayerWeight> replace_missing(const std::vector<LayerWeight>& wanted,
                                         const std::vector<std::string>& taps,
                                         std::vector<StandIn>& replaced) {
  const auto is_wanted = [&](const std::string& tap) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const LayerWeight& layer) { return layer.tap == tap; });
  };
  std::vector<LayerWeight> layers;
  const auto is_read = [&](const std::string& tap) {
    return std::any_of(layers.begin(), layers.end(),
                       [&](const LayerWeight& layer) { return layer.tap == tap; });
  };
  for (LayerWeight layer : wanted) {
    const std::string taken = stand_in_for(layer.tap, taps);
    if (taken != layer.tap) {
      replaced.push_back({layer.tap, taken});
      if (taken.empty() || is_wanted(taken) || is_read(taken)) {
        continue;
      }
      layer.tap = taken;
    }
    layers.push_back(layer);
  }
  return layers;
}

/// Root mean square, over the filters of a torchvision file's first convolution, of the filter's
/// norm for a picture in [0, 1].
double first_filters_norm(const NetworkWeights& weights) {
  const ConvolutionWeights& first = weights.convolutions.front();
  double sum = 0;
  for (std::size_t n = 0; n < first.weight.size(); ++n) {
    const std::size_t channel = n / 9 % static_cast<std::size_t>(first.in_channels);
    const double value = first.weight[n] / weights.std.at(channel);
    sum += value * value;
  }
  return std::sqrt(sum / static_cast<double>(first.out_channels));
}

/// VGG-19: 254 with caffe's weights, below 10 with torchvision's.
constexpr double kCaffeFiltersFrom = 50;

bool is_of_family(const Preset& preset, const NetworkTraits& traits) {
  return preset.family ? preset.family == traits.family : traits.calibrated;
}

}  // namespace

NetworkTraits traits_of(const NetworkWeights& weights) {
  NetworkTraits traits;
  traits.taps = tap_names(weights);
  traits.calibrated = weights.calibrate;
  if (!weights.source_sha256.empty()) {  // trained
    const bool folded = weights.family == WeightFamily::kTorchvision &&
                        first_filters_norm(weights) >= kCaffeFiltersFrom;
    traits.family = folded ? std::nullopt : std::optional(weights.family);
  }
  return traits;
}

std::string stand_in_for(const std::string& wanted, const std::vector<std::string>& taps) {
  if (contains(taps, wanted)) {
    return wanted;
  }
  const TapName missing = parse_tap(wanted);
  if (missing.number == 0) {
    return wanted;  // require_known_taps's to refuse
  }
  // Taps come in network order: the last that fits is the deepest.
  std::string best;
  TapName best_name;
  for (const std::string& tap : taps) {
    const TapName name = parse_tap(tap);
    const bool nearer = name.block > best_name.block || name.number <= missing.number;
    if (name.kind == missing.kind && name.number > 0 && name.block <= missing.block && nearer) {
      best = tap;
      best_name = name;
    }
  }
  return best;
}

FittedPreset fitted_preset(const std::string& name, const NetworkTraits& traits,
                           const std::set<std::string>& given) {
  const Preset& published = find_preset(name);
  FittedPreset fitted;
  fitted.options = preset(name);
  TransferOptions& options = fitted.options;
  const bool has_network = !traits.taps.empty();
  if (has_network && !given.contains("content-layers")) {
    options.content_layers = replace_missing(options.content_layers, traits.taps, fitted.content);
  }
  if (has_network && !given.contains("style-layers")) {
    options.style_layers = replace_missing(options.style_layers, traits.taps, fitted.style);
  }
  fitted.suits = is_of_family(published, traits) && fitted.content.empty() && fitted.style.empty();
  if (fitted.suits) {
    return fitted;
  }
  options.auto_balance = !given.contains("style-weight") && !given.contains("content-weight");
  for (const auto& [option, value] : published.elsewhere) {
    set_option(options, option, value);
  }
  return fitted;
}

void require_known_taps(const TransferOptions& options, const std::vector<std::string>& taps) {
  for (const auto& layers : {options.content_layers, options.style_layers}) {
    for (const LayerWeight& layer : layers) {
      if (layer.tap != kPixelsTap && !is_vgg_tap(layer.tap) && !contains(taps, layer.tap)) {
        throw UsageError("unknown tap '" + layer.tap + "'", "tap",
                         "use one of " + join(taps) + ", or " + kPixelsTap);
      }
    }
  }
}

void require_taps(const TransferOptions& options, const std::vector<std::string>& taps,
                  const std::string& source) {
  require_known_taps(options, taps);
  std::vector<std::string> missing;
  for (const auto& layers : {options.content_layers, options.style_layers}) {
    for (const LayerWeight& layer : layers) {
      if (layer.tap != kPixelsTap && !contains(taps, layer.tap) && !contains(missing, layer.tap)) {
        missing.push_back(layer.tap);
      }
    }
  }
  if (!missing.empty() && taps.empty()) {
    throw InputError("there is no network for " + join(missing), source,
                     "compare the picture itself, with --content-layers pixels --style-layers "
                     "pixels, or name weights");
  }
  if (!missing.empty()) {
    throw InputError("the weights do not reach " + join(missing), source,
                     "they have " + join(taps));
  }
}

}  // namespace impasto
