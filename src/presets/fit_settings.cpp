#include "presets/fit_settings.hpp"

#include <set>

#include "presets/parse.hpp"
#include "presets/presets.hpp"

namespace impasto {
namespace {

/// "relu3_2 stands in for relu4_2 (content)".
std::string replacements(const std::vector<StandIn>& stand_ins,
                         const std::vector<LayerWeight>& layers, const std::string& loss) {
  std::vector<std::string> parts;
  for (const LayerWeight& layer : layers) {
    std::vector<std::string> wanted;
    for (const StandIn& stand_in : stand_ins) {
      if (stand_in.taken == layer.tap) {
        wanted.push_back(stand_in.wanted);
      }
    }
    if (!wanted.empty()) {
      parts.push_back(layer.tap + " stands in for " + join(wanted));
    }
  }
  return parts.empty() ? "" : join(parts) + " (" + loss + ")";
}

std::string family_name(const Preset& preset) {
  if (!preset.family) {
    return "the built-in oriented network";
  }
  return *preset.family == WeightFamily::kCaffe ? "trained caffe-family weights"
                                                : "trained torchvision-family weights";
}

bool has_both_losses(const TransferOptions& options) {
  return !options.content_layers.empty() && !options.style_layers.empty() &&
         options.content_weight != 0 && options.style_weight != 0;
}

std::string note_on(const FittedPreset& fitted, const TransferOptions& options,
                    const NetworkTraits& traits) {
  const Preset& preset = find_preset(options.preset);
  const std::string content = replacements(fitted.content, options.content_layers, "content");
  const std::string style = replacements(fitted.style, options.style_layers, "style");
  const std::string layers = content + (content.empty() || style.empty() ? "" : ", ") + style;
  std::string note;
  if (!layers.empty()) {
    note = "the weights end at " + traits.taps.back() + ": " + layers;
  } else if (!options.balance) {
    note = "the preset " + options.preset + " is balanced for " + family_name(preset) +
           ", which these are not";
  }
  if (!has_both_losses(options) || options.balance) {
    return layers.empty() ? "" : note;
  }
  return note + (options.auto_balance
                     ? "; the style weight is set by gradients instead, as --balance auto does"
                     : "; --balance " + print_number(preset.balance) + " is a value to try");
}

bool compares_gram_matrices(const TransferOptions& options) {
  return options.style_loss != StyleLoss::kWasserstein;
}

/// The preset's weights of the losses say nothing where the style is measured otherwise: unless the
/// user sets weights, gradients do. Returns what to say of it.
std::string balance_other_loss(TransferOptions& options, const std::set<std::string>& given) {
  const bool is_weighed = given.contains("style-weight") || given.contains("content-weight") ||
                          given.contains("balance");
  const bool is_preset_s =
      compares_gram_matrices(options) == compares_gram_matrices(preset(options.preset));
  if (is_preset_s || is_weighed || !has_both_losses(options)) {
    return "";
  }
  options.auto_balance = true;
  validate(options);
  return "the preset " + options.preset +
         " is balanced for another style loss; the style weight is set by gradients instead, as "
         "--balance auto does";
}

}  // namespace

std::string fit_settings(TransferOptions& options, const std::vector<Settings>& on_top,
                         const NetworkTraits& traits) {
  const std::set<std::string> given = names_in(on_top);
  const FittedPreset fitted = fitted_preset(options.preset, traits, given);
  if (fitted.suits) {
    return balance_other_loss(options, given);
  }
  options = fitted.options;
  for (const Settings& settings : on_top) {
    apply_settings(settings, options);
  }
  if (!has_both_losses(options)) {
    options.auto_balance = false;  // nothing to balance
  }
  validate(options);
  return note_on(fitted, options, traits);
}

}  // namespace impasto
