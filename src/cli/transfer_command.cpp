// impasto transfer: the main job on the command line.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "cli/trace_file.hpp"
#include "core/files.hpp"
#include "impasto/impasto.hpp"
#include "presets/option_table.hpp"
#include "presets/presets.hpp"
#include "transfer/sizes.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

/// The command line as given: texts by option name, in no order.
struct Arguments {
  std::string content;
  std::vector<std::string> styles;
  std::string output;
  std::string weights;
  std::string preset;
  std::string config;
  std::string trace;
  std::string progress = "auto";
  bool print_config = false;
  std::map<std::string, std::string> options;  // transfer options, by name
  std::map<std::string, CLI::Option*> given;   // to tell what was really given
};

/// What a run needs, decided from preset, configuration file and command line, in this order.
struct Run {
  TransferOptions options;
  std::string weights;
};

const char* kDefaultPreset = "gatys";
const char* kOrientedPreset = "oriented";

bool is_oriented(const std::string& weights) {
  return weights == "oriented" || weights.starts_with("oriented:");
}

/// `size` or `iterations` given on top of scales that came from elsewhere: the scales keep their
/// proportions.
void reconcile_scales(TransferOptions& options, const std::map<std::string, std::string>& given) {
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
}

std::map<std::string, std::string> given_options(const Arguments& arguments) {
  std::map<std::string, std::string> given;
  for (const auto& [name, option] : arguments.given) {
    if (option->count() > 0) {
      given[name] = arguments.options.at(name);
    }
  }
  return given;
}

/// Options whose effect on scales is settled by reconcile_scales count as having one.
std::vector<std::string> to_check(const std::map<std::string, std::string>& given) {
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

using Settings = std::map<std::string, std::string>;

Settings options_of(const std::vector<ConfigSetting>& config) {
  Settings settings;
  for (const ConfigSetting& setting : config) {
    if (setting.name != "preset" && setting.name != "weights") {
      settings[setting.name] = setting.value;
    }
  }
  return settings;
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

/// A key that neither the file itself nor the command line gives an effect is an error. One that
/// the command line has overruled is not.
void require_effect_of_config(const std::vector<ConfigSetting>& config,
                              const TransferOptions& without_command_line,
                              const TransferOptions& options) {
  const std::vector<std::string> names = to_check(options_of(config));
  for (const ConfigSetting& setting : config) {
    if (std::find(names.begin(), names.end(), setting.name) == names.end()) {
      continue;
    }
    const OptionEntry& entry = find_option(setting.name);
    const auto reason = entry.ineffective(options);
    if (reason && entry.ineffective(without_command_line)) {
      throw UsageError("'" + setting.name + "' has no effect here, " + *reason, setting.where,
                       "take that line out");
    }
  }
}

Run decide(const Arguments& arguments) {
  std::vector<ConfigSetting> config;
  if (!arguments.config.empty()) {
    config = read_config(arguments.config);
  }
  Run run;
  std::string preset_name = arguments.preset;
  run.weights = arguments.weights;
  for (const ConfigSetting& setting : config) {
    if (setting.name == "preset" && preset_name.empty()) {
      preset_name = setting.value;
    }
    if (setting.name == "weights" && run.weights.empty()) {
      run.weights = setting.value;
    }
  }
  if (preset_name.empty()) {
    preset_name = is_oriented(run.weights) ? kOrientedPreset : kDefaultPreset;
  }
  run.options = preset(preset_name);
  apply_config(config, run.options);
  const TransferOptions without_command_line = run.options;
  const std::map<std::string, std::string> given = given_options(arguments);
  for (const auto& [name, value] : given) {
    set_option(run.options, name, value);
  }
  reconcile_scales(run.options, given);
  require_effect(run.options, to_check(given));
  require_effect_of_config(config, without_command_line, run.options);
  if (given.contains("style-weights") && arguments.styles.size() == 1) {
    throw UsageError("it has no effect here, there is one style image", "--style-weights",
                     "leave it out, or name more style images");
  }
  validate(run.options);
  return run;
}

void print_effective_config(const Run& run) {
  std::vector<std::pair<std::string, std::string>> settings{{"preset", run.options.preset}};
  if (!run.weights.empty()) {
    settings.emplace_back("weights", run.weights);
  }
  for (const auto& setting : effective_settings(run.options)) {
    settings.push_back(setting);
  }
  std::cout << print_config(settings);
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

/// The same place, whether or not there is a file yet.
bool same_path(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::weakly_canonical(fs::absolute(a), error) ==
             fs::weakly_canonical(fs::absolute(b), error) &&
         !error;
}

/// Nothing the user had may be lost, and nothing is computed that could not be written.
void check_outputs(const Arguments& arguments, const Run& run) {
  check_writable(arguments.output);
  std::vector<std::string> inputs = arguments.styles;
  for (const std::string& input :
       {arguments.content, run.options.init_path, run.weights, arguments.config}) {
    if (!input.empty()) {
      inputs.push_back(input);
    }
  }
  for (const std::string& input : inputs) {
    if (same_file(input, arguments.output)) {
      throw UsageError("the output would replace the input " + input, "-o", "name another file");
    }
  }
  if (!arguments.trace.empty()) {
    require_writable(arguments.trace);
    inputs.push_back(arguments.output);
    for (const std::string& other : inputs) {
      if (same_path(arguments.trace, other) || same_file(arguments.trace, other)) {
        throw UsageError("the trace would replace " + other, "--trace", "name another file");
      }
    }
  }
}

std::string snapshot_path(const std::string& output, std::int64_t iteration) {
  const fs::path path(output);
  char number[32];
  std::snprintf(number, sizeof number, "_%04lld", static_cast<long long>(iteration));
  return (path.parent_path() / (path.stem().string() + number + path.extension().string()))
      .string();
}

class CommandObserver final : public TransferObserver {
 public:
  CommandObserver(Progress& progress, std::string output)
      : progress_(progress), output_(std::move(output)) {}

  void on_device(const std::string& description) override {
    progress_.line("device: " + description);
  }
  void on_scale(std::int64_t scale, std::int64_t width, std::int64_t height,
                std::int64_t iterations) override {
    progress_.line("scale " + std::to_string(scale) + ": " + std::to_string(width) + " x " +
                   std::to_string(height) + " pixels, " + std::to_string(iterations) +
                   " evaluations");
  }
  void on_evaluation(const TraceRow& row, std::int64_t planned) override {
    progress_.update(row, planned);
  }
  void on_snapshot(std::int64_t iteration, const Image& picture) override {
    save_image(snapshot_path(output_, iteration), picture);
  }
  void on_warning(const std::string& message) override { warn(message); }
  bool stop_requested() override { return InterruptGuard::interrupted(); }

  void warn(const std::string& message) {
    progress_.finish();
    std::cerr << "impasto: warning: " << message << '\n';
  }

 private:
  Progress& progress_;
  std::string output_;
};

void warn_of_family(const Run& run, const NetworkWeights& weights, CommandObserver& observer) {
  const std::optional<WeightFamily> published = find_preset(run.options.preset).family;
  const bool balanced = run.options.balance || run.options.content_weight == 0 ||
                        run.options.style_weight == 0 || run.options.content_layers.empty() ||
                        run.options.style_layers.empty();
  const bool same = published == weights.family && !weights.source_sha256.empty();
  if (published && !same && !balanced) {
    observer.warn(
        "the preset " + run.options.preset + " balances content and style for trained " +
        (*published == WeightFamily::kCaffe ? "caffe" : "torchvision") +
        "-family weights, which these are not; --balance R sets the balance for any weights");
  }
}

ExitCode finish(const Arguments& arguments, const TransferResult& result, Progress& progress) {
  progress.finish();
  save_image(arguments.output, result.picture);
  if (!arguments.trace.empty()) {
    write_file(arguments.trace, trace_csv(result.trace));
  }
  const double seconds = result.trace.empty() ? 0 : result.trace.back().seconds;
  progress.line("wrote " + arguments.output + ": " + std::to_string(result.picture.width) + " x " +
                std::to_string(result.picture.height) + " pixels, " + result.stop_reason + ", " +
                duration_text(seconds));
  if (result.outcome == Outcome::kDiverged) {
    throw DivergedError("the optimisation diverged: " + result.stop_reason,
                        "after evaluation " + std::to_string(result.trace.size()) +
                            "; the last good picture is in " + arguments.output,
                        "lower --learning-rate or the loss weights");
  }
  if (result.outcome == Outcome::kInterrupted) {
    std::cerr << "impasto: interrupted after evaluation " << result.trace.size()
              << "; the picture so far is in " << arguments.output << '\n';
    return ExitCode::kInterrupted;
  }
  return ExitCode::kDone;
}

ExitCode run_transfer(const Arguments& arguments) {
  const Run run = decide(arguments);
  if (arguments.print_config) {
    print_effective_config(run);
    return ExitCode::kDone;
  }
  if (arguments.content.empty() || arguments.styles.empty() || arguments.output.empty()) {
    throw UsageError("a content picture, a style picture and -o OUT are needed", "transfer",
                     "impasto transfer CONTENT STYLE -o OUT");
  }
  Progress progress(parse_progress(arguments.progress));
  check_outputs(arguments, run);
  const Image content = load_image(arguments.content);
  std::vector<Image> styles;
  for (const std::string& style : arguments.styles) {
    styles.push_back(load_image(style));
  }
  const NetworkWeights weights =
      load_weights(run.weights.empty() ? default_weights_path() : run.weights);
  CommandObserver observer(progress, arguments.output);
  warn_of_family(run, weights, observer);
  const InterruptGuard guard;
  const TransferResult result = transfer(content, styles, weights, run.options, observer);
  return finish(arguments, result, progress);
}

std::string help_text(const OptionEntry& entry) {
  const std::optional<std::string> value = entry.get(preset(kDefaultPreset));
  return entry.help + " [" + (value ? *value : "unset") + "]";
}

/// An empty value is a script's unset variable: refused rather than taken as "not given".
CLI::Validator not_empty() {
  return {[](const std::string& text) { return std::string(text.empty() ? "is empty" : ""); }, ""};
}

void add_table_options(CLI::App& command, Arguments& arguments) {
  for (const OptionEntry& entry : option_table()) {
    std::string& text = arguments.options[entry.name];
    if (entry.type == OptionType::kFlag) {
      arguments.given[entry.name] =
          command
              .add_flag("--" + entry.name + "{true},--no-" + entry.name + "{false}", text,
                        help_text(entry))
              ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
              ->group(entry.group);
    } else {
      arguments.given[entry.name] = command.add_option("--" + entry.name, text, help_text(entry))
                                        ->group(entry.group)
                                        ->type_name(entry.hint);
    }
  }
}

}  // namespace

void add_transfer_command(CLI::App& root, CommandStatus& status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      root.add_subcommand("transfer", "Paint a photograph in the manner of one or more paintings");
  command->footer(
      "Defaults in brackets are those of the preset gatys; with --weights oriented the "
      "preset is oriented. See impasto presets.");
  command->add_option("content", arguments->content, "the photograph")->type_name("CONTENT");
  command->add_option("style", arguments->styles, "the painting or paintings")->type_name("STYLE");
  command->add_option("-o,--output", arguments->output, "the picture to write, .png or .jpg")
      ->type_name("OUT");
  command
      ->add_option("--weights", arguments->weights,
                   "HDF5 weights file, or a network built in memory [$IMPASTO_WEIGHTS, then "
                   "weights/vgg19.h5]")
      ->check(not_empty())
      ->type_name("PATH|oriented[:SEED]|random[:SEED]");
  command
      ->add_option("--preset", arguments->preset,
                   "a reference system's settings; other options override them [gatys]")
      ->check(not_empty())
      ->type_name("NAME");
  command
      ->add_option("--config", arguments->config, "options from a TOML file; the command line wins")
      ->check(not_empty())
      ->type_name("FILE");
  command->add_flag("--print-config", arguments->print_config,
                    "print the effective options as TOML and end");
  command->add_option("--trace", arguments->trace, "write the losses of every evaluation as CSV")
      ->check(not_empty())
      ->type_name("FILE.csv");
  command->add_option("--progress", arguments->progress, "how to show progress on stderr [auto]")
      ->type_name("auto|plain|none");
  add_table_options(*command, *arguments);
  command->callback([arguments, &status] { status.code = run_transfer(*arguments); });
}

}  // namespace impasto
