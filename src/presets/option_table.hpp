// Every transfer option by its command-line name: how it is written, read and explained. The
// command line, configuration files, presets and sweeps all speak through this one table.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "impasto/options.hpp"

namespace impasto {

enum class OptionType { kFlag, kInteger, kNumber, kText, kNumberOrWord };

/// What of a run an option has a part in. Runs that agree in all options of a stage, and in their
/// pictures, may share what is made there (src/transfer/shared_work.hpp).
enum class OptionStage {
  kMachine,       ///< where and how all of it is computed
  kSizes,         ///< the pictures' sizes
  kTaps,          ///< which layers are compared
  kNetwork,       ///< what a layer's features are
  kStyleTargets,  ///< what of the style pictures' features is kept
  kPath,          ///< the losses' weights and forms, the start, the optimiser
  kOutput,        ///< what is made of the result
};

struct OptionEntry {
  std::string name;   ///< without dashes: "content-weight"
  std::string group;  ///< heading in --help
  OptionType type = OptionType::kText;
  std::string hint;  ///< value name in --help: "N", "F", "L[=w],..."
  std::string help;  ///< with the unit
  /// Parses and sets; throws UsageError naming the option and what it accepts.
  std::function<void(TransferOptions&, const std::string&)> set;
  /// The value as text that `set` reads back; nothing where the option is unset.
  std::function<std::optional<std::string>(const TransferOptions&)> get;
  /// Why the option has no effect with these other options; nothing where it has one.
  std::function<std::optional<std::string>(const TransferOptions&)> ineffective;
  OptionStage stage = OptionStage::kPath;  ///< set for each group of the table
};

const std::vector<OptionEntry>& option_table();

/// Throws UsageError for an unknown name, listing near ones.
const OptionEntry& find_option(const std::string& name);

/// Sets one option by name. Throws UsageError.
void set_option(TransferOptions& options, const std::string& name, const std::string& value);

/// "name=value" of every option of this stage that is set, one after another.
std::string text_of_stage(const TransferOptions& options, OptionStage stage);

/// (name, value) of every option that is set and has an effect: what --print-config prints.
std::vector<std::pair<std::string, std::string>> effective_settings(const TransferOptions& options);

}  // namespace impasto
