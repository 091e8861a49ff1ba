#include "transfer/taps.hpp"

#include <algorithm>

#include "impasto/error.hpp"

namespace impasto {
namespace {

std::size_t index_of(std::vector<std::size_t>& taps, std::size_t layer) {
  const auto found = std::find(taps.begin(), taps.end(), layer);
  if (found != taps.end()) {
    return static_cast<std::size_t>(found - taps.begin());
  }
  taps.push_back(layer);
  return taps.size() - 1;
}

void add_terms(const std::vector<LayerWeight>& wanted, double loss_weight, LayerReduction reduction,
               const std::vector<Layer>& layers, std::vector<std::size_t>& taps,
               std::vector<LossTerm>& terms) {
  const double divisor =
      reduction == LayerReduction::kMean ? static_cast<double>(wanted.size()) : 1.0;
  for (const LayerWeight& layer_weight : wanted) {
    const bool is_picture = layer_weight.tap == kPixelsTap;
    const std::size_t layer = is_picture ? kPixels : find_tap(layers, layer_weight.tap);
    const auto channels = static_cast<double>(is_picture ? 3 : layers[layer].channels);
    const double weight = layer_weight.factor / divisor /
                          (layer_weight.over_squared_channels ? channels * channels : 1.0);
    if (weight != 0 && loss_weight != 0) {
      terms.push_back({index_of(taps, layer), weight});
    }
  }
}

}  // namespace

LossForms forms_of(const TransferOptions& options) {
  return {options.content_loss, options.gram, options.style_loss};
}

TapPlan plan_taps(const TransferOptions& options, const std::vector<Layer>& layers) {
  TapPlan plan;
  add_terms(options.content_layers, options.content_weight, options.layer_reduction, layers,
            plan.taps, plan.content);
  add_terms(options.style_layers, options.style_weight, options.layer_reduction, layers, plan.taps,
            plan.style);
  if (plan.taps.empty()) {
    throw UsageError("no content or style layer has a weight above zero", "losses",
                     "give --content-layers or --style-layers and their weights");
  }
  return plan;
}

}  // namespace impasto
