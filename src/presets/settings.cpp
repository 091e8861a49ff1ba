#include "presets/settings.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "impasto/error.hpp"
#include "presets/option_table.hpp"
#include "presets/presets.hpp"

namespace impasto {
namespace {

constexpr const char* kDefaultPreset = "gatys";
constexpr const char* kOrientedPreset = "oriented";

bool is_oriented(const std::string& weights) {
  return weights == "oriented" || weights.starts_with("oriented:");
}

/// Scales that a small size has made equal become one, with the evaluations of them all.
void merge_equal_scales(TransferOptions& options) {
  for (std::size_t n = options.scales.size(); n-- > 1;) {
    if (options.scales[n] != options.scales[n - 1]) {
      continue;
    }
    options.scales.erase(options.scales.begin() + static_cast<std::ptrdiff_t>(n));
    if (!options.scale_iterations.empty()) {
      options.scale_iterations[n - 1] += options.scale_iterations[n];
      options.scale_iterations.erase(options.scale_iterations.begin() +
                                     static_cast<std::ptrdiff_t>(n));
    }
  }
}

/// `size` or `iterations` given on top of scales that came from elsewhere: the scales keep their
/// proportions.
void reconcile_scales(TransferOptions& options, const Settings& given) {
  if (given.contains("scales") && !given.contains("scale-iterations") &&
      !options.scale_iterations.empty()) {
    // Other scales than those that the evaluations were shared out among.
    if (!given.contains("iterations")) {
      options.iterations = std::accumulate(options.scale_iterations.begin(),
                                           options.scale_iterations.end(), std::int64_t{0});
    }
    options.scale_iterations.clear();
  }
  if (options.scales.empty() || given.contains("scales")) {
    return;
  }
  if (given.contains("size") && options.size > 0) {
    const std::int64_t last = options.scales.back();
    for (std::int64_t& scale : options.scales) {
      scale = std::max<std::int64_t>(1, scale * options.size / last);
    }
  } else if (given.contains("size")) {
    options.scales.clear();
    options.scale_iterations.clear();
  }
  if (given.contains("iterations") && !given.contains("scale-iterations") &&
      !options.scale_iterations.empty()) {
    options.scale_iterations = share_iterations(options.iterations, options.scale_iterations);
  }
  merge_equal_scales(options);
}

/// Options whose effect on scales is settled by reconcile_scales count as having one.
std::vector<std::string> to_check(const Settings& given) {
  std::vector<std::string> names;
  for (const auto& [name, value] : given) {
    const bool reconciled = (name == "size" && !given.contains("scales")) ||
                            (name == "iterations" && !given.contains("scale-iterations"));
    if (!reconciled) {
      names.push_back(name);
    }
  }
  return names;
}

/// Why the option has no effect. A size that is the last scale's says twice what is meant, which
/// harms nobody.
std::optional<std::string> ineffective_reason(const std::string& name,
                                              const TransferOptions& options) {
  if (name == "size" && !options.scales.empty() && options.scales.back() == options.size) {
    return std::nullopt;
  }
  return find_option(name).ineffective(options);
}

Settings options_of(const std::vector<ConfigSetting>& config) {
  Settings settings;
  for (const ConfigSetting& setting : config) {
    if (setting.name != "preset" && setting.name != "weights") {
      settings[setting.name] = setting.value;
    }
  }
  return settings;
}

/// Throws UsageError that names the line where a file asks for a preset that is not there.
void require_preset(const ConfigSetting& setting) {
  try {
    (void)find_preset(setting.value);
  } catch (const UsageError& error) {
    throw UsageError(error.what(), setting.where, "mend that line");
  }
}

void apply_config(const std::vector<ConfigSetting>& config, TransferOptions& options) {
  const Settings settings = options_of(config);
  for (const ConfigSetting& setting : config) {
    if (!settings.contains(setting.name)) {
      continue;
    }
    try {
      set_option(options, setting.name, setting.value);
    } catch (const UsageError& error) {
      throw UsageError(error.what(), setting.where, "mend that line");
    }
  }
  reconcile_scales(options, settings);
}

/// A key that neither the file itself nor what is given lends an effect is an error. One that was
/// overruled is not.
void require_effect_of_config(const std::vector<ConfigSetting>& config,
                              const TransferOptions& without_given,
                              const TransferOptions& options) {
  const std::vector<std::string> names = to_check(options_of(config));
  for (const ConfigSetting& setting : config) {
    if (std::find(names.begin(), names.end(), setting.name) == names.end()) {
      continue;
    }
    const auto reason = ineffective_reason(setting.name, options);
    if (reason && ineffective_reason(setting.name, without_given)) {
      throw UsageError("'" + setting.name + "' has no effect here, " + *reason, setting.where,
                       "take that line out");
    }
  }
}

/// The preset that is asked for, or the one that suits the weights.
std::string preset_of(const SettingSources& sources, const std::string& weights) {
  if (!sources.preset.empty()) {
    return sources.preset;
  }
  for (const ConfigSetting& setting : sources.config) {
    if (setting.name == "preset") {
      require_preset(setting);
      return setting.value;
    }
  }
  return is_oriented(weights) ? kOrientedPreset : kDefaultPreset;
}

std::string weights_of(const SettingSources& sources) {
  if (!sources.weights.empty()) {
    return sources.weights;
  }
  const auto named =
      std::find_if(sources.config.begin(), sources.config.end(), [](const ConfigSetting& setting) {
        return setting.name == "weights" && !setting.value.empty();
      });
  return named != sources.config.end() ? named->value : sources.other_weights;
}

}  // namespace

DecidedSettings decide_settings(const SettingSources& sources) {
  TransferOptions start = preset(preset_of(sources, weights_of(sources)));
  apply_config(sources.config, start);
  return decide_on(start, sources);
}

DecidedSettings decide_on(const TransferOptions& start, const SettingSources& sources) {
  DecidedSettings decided;
  decided.options = start;
  decided.weights = weights_of(sources);
  decided.on_top = {options_of(sources.config), sources.given};
  apply_settings(sources.given, decided.options);
  for (const std::string& name : to_check(sources.given)) {
    if (const auto reason = ineffective_reason(name, decided.options)) {
      decided.ineffective[name] = *reason;
    }
  }
  require_effect_of_config(sources.config, start, decided.options);
  return decided;
}

void apply_settings(const Settings& settings, TransferOptions& options) {
  for (const auto& [name, value] : settings) {
    set_option(options, name, value);
  }
  reconcile_scales(options, settings);
}

std::set<std::string> names_in(const std::vector<Settings>& settings) {
  std::set<std::string> names;
  for (const Settings& each : settings) {
    for (const auto& [name, value] : each) {
      names.insert(name);
    }
  }
  return names;
}

std::vector<std::int64_t> share_iterations(std::int64_t iterations,
                                           const std::vector<std::int64_t>& proportions) {
  std::int64_t parts = std::accumulate(proportions.begin(), proportions.end(), std::int64_t{0});
  std::vector<std::int64_t> shares(proportions.size());
  // From the last scale back: whatever happens, the output's own size gets its share.
  for (std::size_t n = proportions.size(); n-- > 0;) {
    const auto share =
        std::llround(static_cast<double>(iterations) * static_cast<double>(proportions[n]) /
                     static_cast<double>(parts));
    shares[n] = std::min(iterations, std::max<std::int64_t>(1, share));
    iterations -= shares[n];
    parts -= proportions[n];
  }
  return shares;
}

}  // namespace impasto
