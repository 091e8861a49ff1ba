// What the command line of impasto transfer says, and what run that makes.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "impasto/options.hpp"
#include "impasto/transfer.hpp"

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
  std::map<std::string, std::string> options;  // transfer options, by name
  std::map<std::string, CLI::Option*> given;   // to tell what was really given
};

/// What a run needs, decided from preset, configuration file and command line, in this order.
struct TransferRun {
  TransferOptions options;
  std::string weights;
  std::optional<Checkpoint> resume;  ///< the interrupted run to go on with
};

/// Registers every option of the command; parsing fills `arguments`, which must outlive the parse.
void add_transfer_arguments(CLI::App& command, TransferArguments& arguments);

/// Preset, then configuration file, then command line; or what a checkpoint says. Throws
/// UsageError, InputError for an unreadable configuration file or checkpoint.
TransferRun decide_run(const TransferArguments& arguments);

/// The effective options as TOML text that --config reads back to the same run.
std::string effective_config(const TransferRun& run);

}  // namespace impasto
