// What the command line of impasto transfer says, and what run that makes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/cli11_forward.hpp"
#include "cli/run_record.hpp"
#include "impasto/options.hpp"
#include "impasto/transfer.hpp"
#include "presets/settings.hpp"

namespace impasto {

/// The command line as given: texts by option name, in no order.
struct TransferArguments {
  std::string content;
  std::vector<std::string> styles;
  std::string output;
  std::string weights;
  std::string preset;
  std::string config;
  std::string resume;
  std::string trace;
  std::string progress = "auto";
  bool print_config = false;
  bool dry_run = false;
  bool verbose = false;
  bool overwrite = false;  // derived names may replace files that other runs made
  Settings options;        // transfer options, by name
  std::map<std::string, CLI::Option*> given;  // to tell what was really given
};

/// What a run needs, decided from preset, configuration file and command line, in this order.
struct TransferRun {
  TransferOptions options;
  std::string weights;
  std::optional<Checkpoint> resume;  ///< the interrupted run to go on with
  std::optional<RunRecord> record;   ///< and its command
  /// What was set on top of the preset, by name: the configuration file's, then the command line's.
  std::vector<Settings> given;
};

/// Registers every option of the command; parsing fills `arguments`, which must outlive the parse.
void add_transfer_arguments(CLI::App& command, TransferArguments& arguments);

/// Registers what decides a run (weights, preset, configuration file, every option of the table but
/// `without`) and --progress: the part that commands which make figures share. `defaults`: what the
/// help names as an option's default, where it is the command's own and not the preset's.
void add_run_arguments(CLI::App& command, TransferArguments& arguments,
                       const std::set<std::string>& without, const Settings& defaults);

/// Registers --overwrite, for commands that derive names.
void add_overwrite_flag(CLI::App& command, TransferArguments& arguments);

/// Throws UsageError that names what is missing of CONTENT, STYLE and -o OUT.
void require_complete(const TransferArguments& arguments);

/// Preset, then configuration file, then command line; or what a checkpoint says. Throws
/// UsageError, InputError for an unreadable configuration file or checkpoint.
TransferRun decide_run(const TransferArguments& arguments);

/// The same with `varied` settings that win over the command line's. Options that were given and
/// have no effect are no error here: they are left in `ineffective`, each with the reason.
TransferRun decide_run(const TransferArguments& arguments, const Settings& varied,
                       Settings& ineffective);

/// Names of the options that the command line gives.
std::set<std::string> given_names(const TransferArguments& arguments);

/// The effective options as TOML text that --config reads back to the same run, in any folder:
/// weights and initial image stand there with their absolute paths.
std::string effective_config(const TransferRun& run);

}  // namespace impasto
