#include "cli/sweep_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "cli/config.hpp"
#include "cli/fit_run.hpp"
#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/weights.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

constexpr std::size_t kMostPanels = 400;
constexpr std::size_t kLongestName = 120;

using Settings = std::map<std::string, std::string>;

/// What the weights of a figure's panels are like, each file looked at once.
class Networks {
 public:
  const NetworkTraits& traits(const std::string& weights) {
    const auto found = traits_.find(weights);
    return found != traits_.end()
               ? found->second
               : traits_.emplace(weights, traits_of(load_weights(weights))).first->second;
  }

 private:
  std::map<std::string, NetworkTraits> traits_;
};

/// Which of the given options have an effect in which panels.
class Effects {
 public:
  void note(const std::set<std::string>& given, const Settings& ineffective) {
    for (const std::string& name : given) {
      const auto reason = ineffective.find(name);
      if (reason == ineffective.end()) {
        effective_.insert(name);
      } else {
        reasons_.insert(*reason);
      }
    }
  }
  /// Throws UsageError for an option that had no effect in any panel.
  void require() const {
    for (const auto& [name, reason] : reasons_) {
      if (!effective_.contains(name)) {
        throw UsageError("it has no effect here, " + reason, "--" + name, "leave it out");
      }
    }
  }

 private:
  std::set<std::string> effective_;
  Settings reasons_;
};

/// style weight = content weight / ratio.
void apply_ratio(const std::string& ratio, TransferOptions& options) {
  if (options.balance || options.auto_balance) {
    throw UsageError("it has no effect here, --balance sets the style weight", "--vary ratio",
                     "leave one of them out");
  }
  if (options.content_weight == 0 || options.content_layers.empty() ||
      options.style_layers.empty()) {
    throw UsageError("it needs a content and a style loss", "--vary ratio",
                     "leave it out, or give both");
  }
  options.style_weight = options.content_weight / parse_ratio(ratio);
  validate(options);
}

/// Takes what stands outside the option table out of the settings and into the arguments.
std::string take(Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  if (found == settings.end()) {
    return "";
  }
  std::string value = found->second;
  settings.erase(found);
  return value;
}

/// One panel of a run with these settings on top, fitted to its weights; what that changed is left
/// in the figure's notes.
PanelJob plan_panel(TransferArguments run, Settings settings, Effects& effects, Networks& networks,
                    Figure& figure) {
  PanelJob job;
  for (const auto& [name, target] :
       {std::pair{kVariedPreset, &run.preset}, std::pair{kVariedWeights, &run.weights},
        std::pair{kVariedContent, &run.content}}) {
    if (std::string value = take(settings, name); !value.empty()) {
      *target = std::move(value);
    }
  }
  if (const std::string style = take(settings, kVariedStyle); !style.empty()) {
    run.styles = {style};
  }
  const std::string ratio = take(settings, kVariedRatio);
  if (const auto iterations = settings.find("iterations");
      iterations != settings.end() && iterations->second == "0") {
    job.initial = true;
    iterations->second = "1";
  }
  std::set<std::string> given = given_names(run);
  for (const auto& [name, value] : settings) {
    given.insert(name);
  }
  Settings ineffective;
  TransferRun decided = decide_run(run, settings, ineffective);
  effects.note(given, ineffective);
  job.weights = decided.weights.empty() ? default_weights_path() : decided.weights;
  if (!ratio.empty()) {
    decided.given.push_back({{"style-weight", "1"}});  // which the ratio sets
  }
  if (std::string note = fit_run(decided, networks.traits(job.weights)); !note.empty()) {
    figure.notes.insert(std::move(note));
  }
  job.options = decided.options;
  job.options.save_every = 0;
  require_known_taps(job.options, networks.traits(job.weights).taps);
  if (!ratio.empty()) {
    apply_ratio(ratio, job.options);
  }
  job.content = run.content;
  job.styles = run.styles;
  return job;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  });
  return text;
}

/// A file name that no other panel has, not even in letters of another case: on some file systems
/// they would be one file.
std::string file_name(const std::string& part, std::set<std::string>& taken) {
  const std::string stem = part.substr(0, kLongestName);
  std::string name = stem + ".png";
  for (int n = 2; !taken.insert(lower_case(name)).second; ++n) {
    name = stem + "-" + std::to_string(n) + ".png";
  }
  return name;
}

std::vector<VaryAxis> parse_axes(const SweepArguments& arguments) {
  if (arguments.vary.empty()) {
    throw UsageError("nothing is varied", "sweep", "give --vary OPTION=v1,v2");
  }
  if (arguments.vary.size() > 2) {
    throw UsageError("a figure has rows and columns, and this would need more", "--vary",
                     "vary two things at most, or make a figure for each value of the third");
  }
  std::vector<VaryAxis> axes;
  std::set<std::string> names;
  std::set<std::string> given = given_names(arguments.run);
  for (const auto& [name, value] : {std::pair{kVariedPreset, arguments.run.preset},
                                    std::pair{kVariedWeights, arguments.run.weights}}) {
    if (!value.empty()) {
      given.insert(name);
    }
  }
  for (const std::string& text : arguments.vary) {
    axes.push_back(parse_vary(text));
    for (const std::string& name : axes.back().names) {
      if (given.contains(name)) {
        throw UsageError("it is varied as well", "--" + name, "leave it out");
      }
      if (!names.insert(name).second) {
        throw UsageError(name + " is varied twice", "--vary " + text, "name it once");
      }
    }
  }
  if (names.contains(kVariedRatio) &&
      (given.contains("style-weight") || names.contains("style-weight"))) {
    throw UsageError("the ratio sets the style weight", "--style-weight", "leave it out");
  }
  return axes;
}

/// Content and styles: what is not varied stands on the command line, in this order.
TransferArguments with_pictures(const SweepArguments& arguments,
                                const std::vector<VaryAxis>& axes) {
  const auto is_varied = [&](const std::string& name) {
    return std::any_of(axes.begin(), axes.end(), [&](const VaryAxis& axis) {
      return std::find(axis.names.begin(), axis.names.end(), name) != axis.names.end();
    });
  };
  TransferArguments run = arguments.run;
  std::vector<std::string> pictures = arguments.pictures;
  if (!is_varied(kVariedContent) && !pictures.empty()) {
    run.content = pictures.front();
    pictures.erase(pictures.begin());
  }
  run.styles = pictures;
  const bool has_content = is_varied(kVariedContent) || !run.content.empty();
  if (is_varied(kVariedStyle) && !run.styles.empty()) {
    throw UsageError("there is a style picture, and the style is varied as well",
                     run.styles.front(), "leave it out");
  }
  if (!has_content || (!is_varied(kVariedStyle) && run.styles.empty())) {
    throw UsageError("a content picture and a style picture are needed", "sweep",
                     "impasto sweep CONTENT STYLE --vary OPTION=v1,v2 -o GRID.png");
  }
  return run;
}

/// Before the weights, which the plan reads, and which take longer to bring.
void require_pictures(const TransferArguments& run) {
  if (!run.content.empty()) {
    require_regular_file(run.content);
  }
  for (const std::string& style : run.styles) {
    require_regular_file(style);
  }
}

void add_panel(Figure& figure, const TransferArguments& run, const VaryValue& value,
               Effects& effects, Networks& networks, std::set<std::string>& files) {
  PanelJob job = plan_panel(run, Settings(value.begin(), value.end()), effects, networks, figure);
  job.label = label_of(value);
  job.file = file_name(file_part(value), files);
  figure.panels.push_back(std::move(job));
  std::vector<std::string>& values = figure.values.emplace_back();
  for (const auto& [name, text] : value) {
    values.push_back(text);
  }
}

}  // namespace

Figure plan_sweep(const SweepArguments& arguments) {
  const std::vector<VaryAxis> axes = parse_axes(arguments);
  const bool grid = axes.size() == 2;
  const VaryAxis alone{{}, {VaryValue{}}};
  const VaryAxis& second = grid ? axes[1] : alone;
  if (axes[0].values.size() * second.values.size() > kMostPanels) {
    throw UsageError("these are more than " + std::to_string(kMostPanels) + " panels", "--vary",
                     "give fewer values");
  }
  if (grid && arguments.columns != 0) {
    throw UsageError("it has no effect here, the second --vary gives the columns", "--columns",
                     "leave it out");
  }
  const TransferArguments run = with_pictures(arguments, axes);
  require_pictures(run);
  Figure figure;
  Effects effects;
  Networks networks;
  std::set<std::string> files;
  for (const VaryAxis& axis : axes) {
    figure.names.insert(figure.names.end(), axis.names.begin(), axis.names.end());
  }
  for (const VaryValue& row : axes[0].values) {
    for (const VaryValue& column : second.values) {
      VaryValue value = row;
      value.insert(value.end(), column.begin(), column.end());
      add_panel(figure, run, value, effects, networks, files);
    }
    if (grid) {
      figure.rows.push_back(label_of(row));
    }
  }
  for (std::size_t n = 0; grid && n < second.values.size(); ++n) {
    figure.columns.push_back(label_of(second.values[n]));
  }
  effects.require();
  figure.width = static_cast<std::size_t>(arguments.columns);
  if (arguments.inputs) {
    if (!run.content.empty()) {
      figure.inputs.push_back({"content", run.content});
    }
    for (const std::string& style : run.styles) {
      figure.inputs.push_back({"style", style});
    }
  }
  return figure;
}

Figure plan_reconstruction(const TransferArguments& arguments, const std::string& image,
                           bool cumulative) {
  const std::set<std::string> given = given_names(arguments);
  const bool of_content = given.contains("content-layers");
  if (of_content == given.contains("style-layers")) {
    throw UsageError("either content or style is reconstructed", "reconstruct",
                     "give one of --content-layers and --style-layers");
  }
  const std::string option = of_content ? "content-layers" : "style-layers";
  for (const std::string name : {"style-scale", "style-size"}) {
    if (of_content && given.contains(name)) {
      throw UsageError("it has no effect here, the content is reconstructed", "--" + name,
                       "leave it out");
    }
  }
  TransferArguments run = arguments;
  run.content = image;
  run.styles = {image};
  Settings settings{{of_content ? "style-layers" : "content-layers", "none"}};
  const std::vector<ConfigSetting> config =
      arguments.config.empty() ? std::vector<ConfigSetting>{} : read_config(arguments.config);
  const bool starts_elsewhere =
      given.contains("init") || std::any_of(config.begin(), config.end(), [](const auto& setting) {
        return setting.name == "init";
      });
  if (!starts_elsewhere) {
    settings["init"] = "noise";
  }
  Figure figure;
  figure.names = {option};
  Effects effects;
  Networks networks;
  std::set<std::string> files;
  std::vector<LayerWeight> layers;
  for (const LayerWeight& layer : parse_layers(option, arguments.options.at(option))) {
    if (!cumulative) {
      layers.clear();
    }
    layers.push_back(layer);
    const std::string list = print_layers(layers);
    settings[option] = list;
    PanelJob job = plan_panel(run, settings, effects, networks, figure);
    job.label = list;
    job.file = file_name(file_part({{option, list}}), files);
    figure.panels.push_back(std::move(job));
    figure.values.push_back({list});
  }
  if (figure.panels.empty()) {
    throw UsageError("there are no layers", "--" + option, "name at least one");
  }
  effects.require();
  return figure;
}

}  // namespace impasto
