#include "presets/presets.hpp"

#include <algorithm>

#include "impasto/error.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

Preset gatys() {
  return {"gatys",
          "the 2016 recipe of the method's authors",
          "Gatys, Ecker & Bethge, CVPR 2016, and their own release",
          WeightFamily::kCaffe,
          {{"size", "512"},
           {"content-layers", "relu4_2"},
           {"style-layers",
            "relu1_1=1000/N^2,relu2_1=1000/N^2,relu3_1=1000/N^2,relu4_1=1000/N^2,relu5_1=1000/N^2"},
           {"content-loss", "mean"},
           {"gram", "positions"},
           {"style-loss", "mean"},
           {"init", "content"},
           {"optimizer", "lbfgs"},
           {"lbfgs-history", "10"},
           {"lbfgs-line-search", "strong-wolfe"},
           {"learning-rate", "1"},
           {"iterations", "500"}}};
}

// Chosen by looking; see docs/untrained-network.md for what was tried.
Preset oriented() {
  return {"oriented",
          "for the built-in untrained network: coarse to fine, no download",
          "this project; see docs/untrained-network.md",
          std::nullopt,
          {{"scales", "192,320,512"},
           {"scale-iterations", "120,80,50"},
           {"content-layers", "relu2_2,relu3_3"},
           {"style-layers", "relu1_1,relu1_2,relu2_1,relu2_2,relu3_1,relu3_2,relu3_3"},
           {"content-loss", "mean"},
           {"gram", "positions"},
           {"style-loss", "mean"},
           {"layer-reduction", "mean"},
           {"content-weight", "1"},
           {"style-weight", "1000"},
           {"tv-weight", "3e-05"},
           {"padding", "reflect"},
           {"init", "content"},
           {"optimizer", "adam"},
           {"learning-rate", "0.1"},
           {"adam-beta2", "0.99"}}};
}

Preset torchvision_notebook() {
  return {"torchvision-notebook",
          "224 x 224 from noise, first five convolutions, raw Gram matrices",
          "the notebook \"Neural Style Transfer with PyTorch and torchvision\"",
          WeightFamily::kTorchvision,
          {{"size", "224"},
           {"stretch", "true"},
           {"content-layers", "relu3_1"},
           {"style-layers", "relu1_1,relu1_2,relu2_1,relu2_2,relu3_1"},
           {"content-loss", "sum"},
           {"gram", "raw"},
           {"style-loss", "sum"},
           {"layer-reduction", "mean"},
           {"content-weight", "100"},
           {"style-weight", "0.01"},
           {"init", "noise"},
           {"noise-std", "0.1"},
           {"optimizer", "adam"},
           {"learning-rate", "0.1"},
           {"iterations", "1000"},
           {"output-range", "rescale"}}};
}

Preset neural_style() {
  return {"neural-style",
          "the widely used Torch program's defaults",
          "jcjohnson/neural-style",
          WeightFamily::kCaffe,
          {{"size", "512"},
           {"content-layers", "relu4_2"},
           {"style-layers", "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1"},
           {"content-loss", "mean"},
           {"gram", "elements"},
           {"style-loss", "mean"},
           {"content-weight", "5"},
           {"style-weight", "100"},
           {"tv-weight", "0.001"},
           {"init", "noise"},
           {"noise-std", "0.001"},
           {"optimizer", "lbfgs"},
           {"lbfgs-history", "100"},
           {"lbfgs-line-search", "none"},
           {"learning-rate", "1"},
           {"iterations", "1000"}}};
}

}  // namespace

const std::vector<Preset>& preset_table() {
  static const std::vector<Preset> table{gatys(), oriented(), torchvision_notebook(),
                                         neural_style()};
  return table;
}

const Preset& find_preset(const std::string& name) {
  const std::vector<Preset>& table = preset_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Preset& preset) { return preset.name == name; });
  if (found == table.end()) {
    std::string names;
    for (const Preset& preset : table) {
      names += (names.empty() ? "" : ", ") + preset.name;
    }
    throw UsageError("unknown preset '" + name + "'", "--preset", "give one of " + names);
  }
  return *found;
}

TransferOptions preset(const std::string& name) {
  TransferOptions options;
  options.preset = name;
  for (const auto& [option, value] : find_preset(name).settings) {
    set_option(options, option, value);
  }
  return options;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : preset_table()) {
    names.push_back(preset.name);
  }
  return names;
}

}  // namespace impasto
