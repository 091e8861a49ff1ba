#include "presets/preset_taps.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "impasto/error.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add_names(const std::vector<LayerWeight>& layers, std::vector<std::string>& names) {
  for (const LayerWeight& layer : layers) {
    if (!contains(names, layer.tap)) {
      names.push_back(layer.tap);
    }
  }
}

/// Names of all layers that a preset reads, each once.
std::vector<std::string> layers_read(const TransferOptions& options) {
  std::vector<std::string> names;
  add_names(options.style_layers, names);
  add_names(options.content_layers, names);
  return names;
}

std::vector<std::string> not_in(const std::vector<std::string>& taps,
                                const std::vector<std::string>& names) {
  std::vector<std::string> missing;
  std::copy_if(names.begin(), names.end(), std::back_inserter(missing),
               [&](const std::string& name) { return !contains(taps, name); });
  return missing;
}

}  // namespace

std::string nearest_preset(const std::string& name, const std::vector<std::string>& taps) {
  const std::vector<std::string> wanted = layers_read(preset(name));
  std::string nearest;
  std::tuple<std::size_t, std::size_t> fewest;  // wanted but not read, read but not wanted
  for (const std::string& candidate : preset_names()) {
    const std::vector<std::string> layers = layers_read(preset(candidate));
    if (candidate == name || !not_in(taps, layers).empty()) {
      continue;
    }
    const std::tuple<std::size_t, std::size_t> differences{not_in(layers, wanted).size(),
                                                           not_in(wanted, layers).size()};
    if (nearest.empty() || differences < fewest) {
      nearest = candidate;
      fewest = differences;
    }
  }
  return nearest;
}

void require_preset_taps(const TransferOptions& options, const std::vector<std::string>& taps,
                         const std::string& source) {
  const TransferOptions own = preset(options.preset);
  std::vector<std::string> from_preset;
  if (options.style_layers == own.style_layers) {
    add_names(own.style_layers, from_preset);
  }
  if (options.content_layers == own.content_layers) {
    add_names(own.content_layers, from_preset);
  }
  std::sort(from_preset.begin(), from_preset.end());
  const std::vector<std::string> missing = not_in(taps, from_preset);
  if (missing.empty()) {
    return;
  }
  const std::string nearest = nearest_preset(options.preset, taps);
  const std::string remedy =
      nearest.empty() ? "no preset works with them; give" : "use --preset " + nearest + ", or give";
  throw InputError("the weights do not reach " + join(missing) + " of the preset " + options.preset,
                   source, remedy + " --content-layers and --style-layers out of " + join(taps));
}

}  // namespace impasto
