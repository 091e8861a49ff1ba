#include "presets/presets.hpp"

#include <algorithm>

#include "core/near_name.hpp"
#include "impasto/error.hpp"
#include "presets/option_table.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

/// The balance for a start from noise: a photograph that has yet to appear needs a stronger pull.
constexpr double kFromNoise = 30;

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
           {"iterations", "500"}},
          100,
          {{"scales", "256,512"}, {"scale-iterations", "120,80"}}};
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
           {"padding", "replicate"},
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
           {"output-range", "rescale"}},
          kFromNoise,
          {{"output-range", "clip"}}};
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
           {"iterations", "1000"}},
          kFromNoise};
}

// Published without a learning rate: at 0.05 a hundred steps visibly paint and the photograph still
// stands (at 0.01 it is only tinted, at 0.1 it begins to dissolve). Without loss weights: both are
// 1. The app lets its user pick the layers; these are the ones it recommends.
Preset image_to_style() {
  return {"image-to-style",
          "a web app: last activation before each pooling, 100 Adam iterations",
          "the Streamlit app \"image to style\"",
          WeightFamily::kTorchvision,
          {{"content-layers", "relu5_4"},
           {"style-layers", "relu1_2,relu2_2,relu3_4,relu4_4,relu5_4"},
           {"content-loss", "mean"},
           {"gram", "raw"},
           {"style-loss", "mean"},
           {"init", "content"},
           {"optimizer", "adam"},
           {"learning-rate", "0.05"},
           {"iterations", "100"}}};
}

// The course shows 2000 to 5000 iterations and style weights from 10 to 1e6; this is its code's
// default for both.
Preset udacity() {
  return {"udacity",
          "a course: from the content image, more weight on early style layers",
          "the Udacity course notes \"Style Transfer with PyTorch\"",
          WeightFamily::kTorchvision,
          {{"style-stretch", "true"},
           {"content-layers", "relu4_2"},
           {"style-layers", "relu1_1,relu2_1=0.75,relu3_1=0.2,relu4_1=0.2,relu5_1=0.2"},
           {"content-loss", "mean"},
           {"gram", "raw"},
           {"style-loss", "mean-per-element"},
           {"content-weight", "1"},
           {"style-weight", "1e+06"},
           {"init", "content"},
           {"optimizer", "adam"},
           {"learning-rate", "0.003"},
           {"iterations", "2000"},
           {"output-range", "clip"}}};
}

// The mean over layers is the article's for the style loss. Its content loss reads one layer, of
// which the mean is the layer itself. Not published and chosen by looking, see docs/presets.md:
// - Adam's numbers. From noise this strong the gradient falls by five orders of magnitude; with the
//   usual beta2 of 0.999 Adam's steps stay small for thousands of evaluations afterwards.
// - The style weight: these forms and this family in PyTorch's own tutorial have 1e6.
Preset vgg_from_scratch() {
  return {"vgg-from-scratch",
          "VGG-16 with average pooling, from strong noise",
          "an article of 2025 that builds VGG-11 to 19 from scratch",
          WeightFamily::kTorchvision,
          {{"pooling", "average"},
           {"content-layers", "relu4_2"},
           {"style-layers", "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1"},
           {"content-loss", "mean"},
           {"gram", "elements"},
           {"style-loss", "mean"},
           {"layer-reduction", "mean"},
           {"content-weight", "1"},
           {"style-weight", "1e+06"},
           {"init", "noise"},
           {"noise-std", "10"},
           {"optimizer", "adam"},
           {"learning-rate", "0.1"},
           {"adam-beta2", "0.9"},
           {"iterations", "1000"}},
          kFromNoise,
          {{"noise-std", "1"}}};
}

// "Squared-error losses", and ratios of content to style from 100 to 1e-4: with plain sums over raw
// Gram matrices every one of these ratios is style alone. Content as a mean and style per element
// of the feature map are the reading in which they go from content to style, so that a ratio of 1
// is a picture of both; docs/presets.md has the figures. Published without a line search, start or
// iterations: strong Wolfe and the content image, because L-BFGS without a line search blows up
// from noise; 250 of its 10 to 1000 iterations.
Preset vgg16_lbfgs() {
  return {"vgg16-lbfgs",
          "VGG-16 and L-BFGS, every picture at its own resolution",
          "the README of a PyTorch repository",
          WeightFamily::kTorchvision,
          {{"size", "0"},
           {"style-size", "0"},
           {"content-layers", "relu4_2"},
           {"style-layers", "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1"},
           {"content-loss", "mean"},
           {"gram", "raw"},
           {"style-loss", "mean-per-element"},
           {"content-weight", "1"},
           {"style-weight", "1"},
           {"init", "content"},
           {"optimizer", "lbfgs"},
           {"lbfgs-history", "10"},
           {"lbfgs-line-search", "strong-wolfe"},
           {"learning-rate", "1"},
           {"iterations", "250"}}};
}

}  // namespace

const std::vector<Preset>& preset_table() {
  static const std::vector<Preset> table{gatys(),          oriented(),    torchvision_notebook(),
                                         image_to_style(), udacity(),     vgg_from_scratch(),
                                         vgg16_lbfgs(),    neural_style()};
  return table;
}

const std::vector<PlannedPreset>& planned_presets() {
  static const std::vector<PlannedPreset> planned{
      {"pyramid", "many sizes, Wasserstein-2 style loss, average of the iterates",
       "crowsonkb/style-transfer-pytorch",
       "its Wasserstein-2 style loss, average of the iterates and nine-point total variation",
       "--preset gatys --scales 128,181,256,362,512"}};
  return planned;
}

const Preset& find_preset(const std::string& name) {
  const std::vector<Preset>& table = preset_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Preset& preset) { return preset.name == name; });
  if (found != table.end()) {
    return *found;
  }
  for (const PlannedPreset& planned : planned_presets()) {
    if (planned.name == name) {
      throw UsageError("the preset " + name + " is not there yet, for want of " + planned.missing,
                       "--preset", "the nearest is " + planned.nearest);
    }
  }
  const std::string near = near_name(name, preset_names());
  throw UsageError(
      "unknown preset '" + name + "'", "--preset",
      (near.empty() ? "" : "did you mean " + near + "? ") + "give one of " + join(preset_names()));
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
