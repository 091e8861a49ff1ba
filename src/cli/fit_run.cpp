#include "cli/fit_run.hpp"

#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "core/files.hpp"
#include "impasto/weights.hpp"
#include "presets/fit_settings.hpp"
#include "presets/presets.hpp"
#include "weights/default_weights.hpp"

namespace impasto {
namespace {

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
  for (const std::string& name : names_in(run.given)) {
    open.erase(name);
  }
  return open;
}

}  // namespace

std::string fit_run(TransferRun& run, const NetworkTraits& traits) {
  return run.resume ? "" : fit_settings(run.options, run.given, traits);
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
