#include "cli/transfer_arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>

#include "cli/config.hpp"
#include "cli/validators.hpp"
#include "cli/weights_line.hpp"
#include "core/files.hpp"
#include "impasto/error.hpp"
#include "presets/option_table.hpp"
#include "presets/presets.hpp"
#include "transfer/sizes.hpp"
#include "weights/default_weights.hpp"

namespace impasto {
namespace {

constexpr const char* kDefaultPreset = "gatys";  // of the help's defaults

std::map<std::string, std::string> given_options(const TransferArguments& arguments) {
  std::map<std::string, std::string> given;
  for (const auto& [name, option] : arguments.given) {
    if (option->count() > 0) {
      given[name] = arguments.options.at(name);
    }
  }
  return given;
}

/// A resumed run takes its options from the checkpoint; only its length and the machine may be
/// others.
void require_resumable(const TransferArguments& arguments) {
  if (!arguments.preset.empty() || !arguments.config.empty()) {
    throw UsageError("a resumed run has its options already", "--resume",
                     "leave --preset and --config out");
  }
  for (const auto& [name, value] : given_options(arguments)) {
    static const std::set<std::string> may_change{"iterations", "threads", "device", "graph",
                                                  "save-every"};
    if (!may_change.contains(name)) {
      throw UsageError("it cannot change in a resumed run", "--" + name, "leave it out");
    }
  }
}

std::string help_text(const OptionEntry& entry, const Settings& defaults) {
  const auto own = defaults.find(entry.name);
  const std::optional<std::string> value =
      own != defaults.end() ? own->second : entry.get(preset(kDefaultPreset));
  return entry.help + " [" + (value ? *value : "unset") + "]";
}

void add_table_options(CLI::App& command, TransferArguments& arguments,
                       const std::set<std::string>& without, const Settings& defaults) {
  for (const OptionEntry& entry : option_table()) {
    if (without.contains(entry.name)) {
      continue;
    }
    std::string& text = arguments.options[entry.name];
    if (entry.type == OptionType::kFlag) {
      arguments.given[entry.name] =
          command
              .add_flag("--" + entry.name + "{true},--no-" + entry.name + "{false}", text,
                        help_text(entry, defaults))
              ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
              ->group(entry.group);
    } else {
      arguments.given[entry.name] =
          command.add_option("--" + entry.name, text, help_text(entry, defaults))
              ->group(entry.group)
              ->type_name(entry.hint);
    }
  }
}

bool names_weights(const SettingSources& sources) {
  return !sources.weights.empty() ||
         std::any_of(sources.config.begin(), sources.config.end(),
                     [](const ConfigSetting& setting) { return setting.name == "weights"; });
}

/// All but the validation, which has less to say than a missing effect.
TransferRun settle(const TransferArguments& arguments, const Settings& varied,
                   Settings& ineffective) {
  TransferRun run;
  SettingSources sources;
  sources.preset = arguments.preset;
  sources.weights = arguments.weights;
  sources.given = given_options(arguments);
  for (const auto& [name, value] : varied) {
    sources.given[name] = value;
  }
  if (!arguments.resume.empty()) {
    require_resumable(arguments);
    run.resume = read_checkpoint_file(arguments.resume);
    run.record = parse_record(run.resume->settings, arguments.resume);
    if (sources.weights.empty()) {
      sources.weights = run.record->weights;
    }
    for (const auto& [name, value] : run.record->settings) {
      sources.config.push_back({name, value, arguments.resume});
    }
  } else if (!arguments.config.empty()) {
    sources.config = read_config(arguments.config);
  }
  if (!names_weights(sources)) {
    sources.other_weights = built_in_network_of_environment();
  }
  DecidedSettings decided = run.record
                                ? decide_on(options_of(*run.record, arguments.resume), sources)
                                : decide_settings(sources);
  run.options = std::move(decided.options);
  run.weights = std::move(decided.weights);
  run.given = std::move(decided.on_top);
  ineffective = std::move(decided.ineffective);
  if (sources.given.contains("style-weights") && arguments.styles.size() == 1) {
    ineffective["style-weights"] = "there is one style image";
  }
  return run;
}

}  // namespace

void add_run_arguments(CLI::App& command, TransferArguments& arguments,
                       const std::set<std::string>& without, const Settings& defaults) {
  command.footer(
      "Defaults in brackets are those of the preset gatys; with --weights oriented the "
      "preset is oriented. See impasto presets.");
  command
      .add_option(
          "--weights", arguments.weights,
          "weights file or checkpoint, or a network built in memory [$IMPASTO_WEIGHTS, then "
          "weights/vgg19.h5]")
      ->check(not_empty())
      ->type_name("PATH|oriented[:SEED]|random[:SEED]|none");
  command
      .add_option("--preset", arguments.preset,
                  "a reference system's settings; other options override them [gatys]")
      ->check(not_empty())
      ->type_name("NAME");
  command
      .add_option("--config", arguments.config, "options from a TOML file; the command line wins")
      ->check(not_empty())
      ->type_name("FILE");
  command.add_option("--progress", arguments.progress, "how to show progress on stderr [auto]")
      ->check(not_empty())
      ->type_name("auto|plain|none");
  add_table_options(command, arguments, without, defaults);
}

void add_overwrite_flag(CLI::App& command, TransferArguments& arguments) {
  command.add_flag("--overwrite", arguments.overwrite,
                   "files whose names are derived from OUT (snapshots, tables, panels) may replace "
                   "files that this command did not make, and a resumed run's picture one that was "
                   "changed since; an input is never replaced");
}

void add_transfer_arguments(CLI::App& command, TransferArguments& arguments) {
  command.add_option("content", arguments.content, "the photograph")
      ->check(not_empty())
      ->type_name("CONTENT");
  command.add_option("style", arguments.styles, "the painting or paintings")
      ->check(not_empty())
      ->type_name("STYLE");
  command.add_option("-o,--output", arguments.output, "the picture to write, .png or .jpg")
      ->check(not_empty())
      ->type_name("OUT");
  command
      .add_option(
          "--resume", arguments.resume,
          "go on where an interrupted run stopped: the checkpoint it left beside OUT, which "
          "knows inputs, options and OUT; more --iterations lengthen the run")
      ->check(not_empty())
      ->type_name("CHECKPOINT");
  command.add_flag("--print-config", arguments.print_config,
                   "print the effective options as TOML and end");
  command.add_flag("--dry-run", arguments.dry_run,
                   "print the memory that the run needs and the largest size that fits, and end");
  add_overwrite_flag(command, arguments);
  command.add_flag("--verbose", arguments.verbose, "also tell which algorithms were chosen");
  command.add_option("--trace", arguments.trace, "write the losses of every evaluation as CSV")
      ->check(not_empty())
      ->type_name("FILE.csv");
  add_run_arguments(command, arguments, {}, {});
}

void require_complete(const TransferArguments& arguments) {
  const std::string usage = "impasto transfer CONTENT STYLE -o OUT";
  if (arguments.content.empty()) {
    throw UsageError("there is no content picture, and no style picture", "transfer", usage);
  }
  if (arguments.styles.empty()) {
    throw UsageError("there is no style picture beside " + arguments.content, "transfer", usage);
  }
  if (arguments.output.empty() && !arguments.dry_run) {
    const auto stem = [](const std::string& file) {
      return std::filesystem::path(file).stem().string();
    };
    throw UsageError("-o OUT is missing", "transfer",
                     usage + ", here perhaps -o " + stem(arguments.content) + "_" +
                         stem(arguments.styles.front()) + ".png");
  }
}

std::set<std::string> given_names(const TransferArguments& arguments) {
  std::set<std::string> names;
  for (const auto& [name, value] : given_options(arguments)) {
    names.insert(name);
  }
  return names;
}

TransferRun decide_run(const TransferArguments& arguments) {
  Settings ineffective;
  TransferRun run = settle(arguments, {}, ineffective);
  if (!ineffective.empty()) {
    const auto& [name, reason] = *ineffective.begin();
    throw UsageError("it has no effect here, " + reason, "--" + name, "leave it out");
  }
  validate(run.options);
  return run;
}

TransferRun decide_run(const TransferArguments& arguments, const Settings& varied,
                       Settings& ineffective) {
  TransferRun run = settle(arguments, varied, ineffective);
  validate(run.options);
  return run;
}

std::string effective_config(const TransferRun& run) {
  std::vector<std::pair<std::string, std::string>> settings{{"preset", run.options.preset}};
  if (!run.weights.empty()) {
    settings.emplace_back("weights", absolute_weights(run.weights));
  }
  TransferOptions options = run.options;
  options.init_path = absolute_path(options.init_path);
  for (const auto& setting : effective_settings(options)) {
    settings.push_back(setting);
  }
  return print_config(settings);
}

}  // namespace impasto
