#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "impasto/error.hpp"
#include "impasto/options.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

void require(bool condition, const std::string& option, const std::string& what,
             const std::string& remedy) {
  if (!condition) {
    throw UsageError(what, "--" + option, remedy);
  }
}

bool finite_from(double value, double low) {
  return std::isfinite(value) && value >= low;
}

void validate_layers(const std::vector<LayerWeight>& layers, const std::string& option) {
  std::set<std::string> seen;
  for (const LayerWeight& layer : layers) {
    require(seen.insert(layer.tap).second, option, "layer " + layer.tap + " is named twice",
            "name each layer once");
    require(finite_from(layer.factor, 0), option, "layer weights must be finite and not negative",
            "give a number of at least 0");
  }
  const bool is_none = std::all_of(layers.begin(), layers.end(),
                                   [](const LayerWeight& layer) { return layer.factor == 0; });
  require(layers.empty() || !is_none, option, "every layer's weight is zero",
          "give at least one above 0, or --" + option + " none");
}

void validate_scales(const TransferOptions& o) {
  for (std::size_t n = 0; n < o.scales.size(); ++n) {
    require(o.scales[n] >= 1 && (n == 0 || o.scales[n] > o.scales[n - 1]), "scales",
            "sizes must grow from scale to scale", "give them in growing order, like 128,256,512");
  }
  require(o.scale_iterations.empty() || o.scale_iterations.size() == o.scales.size(),
          "scale-iterations",
          std::to_string(o.scale_iterations.size()) + " iteration counts for " +
              std::to_string(o.scales.size()) + " scales",
          "give one per scale");
  for (const std::int64_t iterations : o.scale_iterations) {
    require(iterations >= 0, "scale-iterations", "must not be negative", "give a larger number");
  }
  require(o.scale_iterations.empty() || o.scale_iterations.back() >= 1, "scale-iterations",
          "the last scale has no iterations", "give it at least one");
}

void validate_blend(const TransferOptions& o) {
  double sum = 0;
  for (const double weight : o.style_weights) {
    require(finite_from(weight, 0), "style-weights", "must be finite and not negative",
            "give numbers of at least 0");
    sum += weight;
  }
  require(o.style_weights.empty() || (sum > 0 && std::isfinite(sum)), "style-weights",
          "every weight is zero", "give at least one above 0");
}

}  // namespace

void validate(const TransferOptions& o) {
  const std::string at_least_zero = "give a finite number of at least 0";
  require(o.size >= 0, "size", "must not be negative", "give 0 or more pixels");
  require(o.threads >= 0, "threads", "must not be negative", "give 0 or more");
  require(std::isfinite(o.style_scale) && o.style_scale > 0, "style-scale", "must be above 0",
          "give a finite number above 0");
  require(!o.style_size || *o.style_size >= 0, "style-size", "must not be negative",
          "give 0 or more pixels");
  require(finite_from(o.content_weight, 0), "content-weight", "must not be negative",
          at_least_zero);
  require(finite_from(o.style_weight, 0), "style-weight", "must not be negative", at_least_zero);
  require(finite_from(o.tv_weight, 0), "tv-weight", "must not be negative", at_least_zero);
  require(finite_from(o.noise_std, 0), "noise-std", "must not be negative", at_least_zero);
  require(!o.balance || (std::isfinite(*o.balance) && *o.balance > 0), "balance", "must be above 0",
          "give a finite number above 0");
  require(!o.balance || !o.auto_balance, "balance", "is both auto and a number", "set one of them");
  require(o.strength > 0 && o.strength <= kMostStrength, "strength",
          "must be above 0 and at most 1000000", "give weak, normal, strong or a number like 2");
  require(o.iterations >= 1, "iterations", "must be at least 1", "give a larger number");
  require(std::isfinite(o.learning_rate) && o.learning_rate > 0, "learning-rate", "must be above 0",
          "give a finite number above 0");
  require(o.adam_beta1 >= 0 && o.adam_beta1 < 1, "adam-beta1", "must be from 0 to below 1",
          "give a number like 0.9");
  require(o.adam_beta2 >= 0 && o.adam_beta2 < 1, "adam-beta2", "must be from 0 to below 1",
          "give a number like 0.999");
  require(std::isfinite(o.adam_epsilon) && o.adam_epsilon > 0, "adam-epsilon", "must be above 0",
          "give a number like 1e-8");
  require(o.lbfgs_history >= 1, "lbfgs-history", "must be at least 1", "give a larger number");
  require(o.save_every >= 0, "save-every", "must not be negative", "give 0 or more");
  validate_layers(o.content_layers, "content-layers");
  validate_layers(o.style_layers, "style-layers");
  validate_scales(o);
  validate_blend(o);
}

}  // namespace impasto
