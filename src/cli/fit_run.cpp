#include "cli/fit_run.hpp"

#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "cli/weights_line.hpp"
#include "core/files.hpp"
#include "impasto/weights.hpp"
#include "presets/parse.hpp"
#include "presets/presets.hpp"
#include "weights/default_weights.hpp"

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

std::set<std::string> names_given(const TransferRun& run) {
  std::set<std::string> names;
  for (const auto& settings : run.given) {
    for (const auto& [name, value] : settings) {
      names.insert(name);
    }
  }
  return names;
}

/// Where the run's weights come from; nothing where that is not there.
std::optional<std::string> weights_at_hand(const TransferRun& run) {
  if (run.weights.empty()) {
    return find_default_weights();
  }
  const bool there = is_built_in_memory(run.weights) || !is_missing(run.weights);
  return there ? std::optional(run.weights) : std::nullopt;
}

/// Options that the user left to the preset and that weights can change.
std::set<std::string> open_options(const TransferRun& run) {
  std::set<std::string> open{"content-layers", "style-layers", "content-weight", "style-weight",
                             "balance"};
  const Preset& preset = find_preset(run.options.preset);
  if (!preset.elsewhere.empty()) {
    open.insert({"size", "scales", "scale-iterations", "iterations"});
  }
  for (const std::string& name : names_given(run)) {
    open.erase(name);
  }
  return open;
}

bool compares_gram_matrices(const TransferOptions& options) {
  return options.style_loss != StyleLoss::kWasserstein;
}

/// The preset's weights of the losses say nothing where the style is measured otherwise: unless the
/// user sets weights, gradients do. Returns what to say of it.
std::string balance_other_loss(TransferRun& run) {
  const std::set<std::string> given = names_given(run);
  const bool is_weighed = given.contains("style-weight") || given.contains("content-weight") ||
                          given.contains("balance");
  const bool is_preset_s =
      compares_gram_matrices(run.options) == compares_gram_matrices(preset(run.options.preset));
  if (is_preset_s || is_weighed || !has_both_losses(run.options)) {
    return "";
  }
  run.options.auto_balance = true;
  validate(run.options);
  return "the preset " + run.options.preset +
         " is balanced for another style loss; the style weight is set by gradients instead, as "
         "--balance auto does";
}

}  // namespace

std::string fit_run(TransferRun& run, const NetworkTraits& traits) {
  if (run.resume) {
    return "";
  }
  const FittedPreset fitted = fitted_preset(run.options.preset, traits, names_given(run));
  if (fitted.suits) {
    return balance_other_loss(run);
  }
  run.options = fitted.options;
  for (const auto& settings : run.given) {
    apply_settings(settings, run.options);
  }
  if (!has_both_losses(run.options)) {
    run.options.auto_balance = false;  // nothing to balance
  }
  validate(run.options);
  return note_on(fitted, run.options, traits);
}

void take_default_weights(TransferRun& run) {
  if (run.weights.empty()) {
    run.weights = find_default_weights().value_or("");
  }
}

std::string config_on_weights(TransferRun run) {
  if (run.resume) {
    return effective_config(run);
  }
  if (const std::optional<std::string> source = weights_at_hand(run)) {
    fit_run(run, traits_of(load_weights(*source)));
    return effective_config(run);
  }
  const std::set<std::string> open = open_options(run);
  std::istringstream lines(effective_config(run));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    text += (open.contains(line.substr(0, line.find(' '))) ? "# " : "") + line + '\n';
  }
  return text + "# The weights are not there yet: what depends on them is left open.\n";
}

}  // namespace impasto
