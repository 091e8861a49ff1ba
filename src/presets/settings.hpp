// Which options a run has: a preset's, then a configuration file's, then those that are given. The
// command line decides by these functions, and so may whatever has texts by option name.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "impasto/options.hpp"

namespace impasto {

/// Texts by option name, as the command line would spell them.
using Settings = std::map<std::string, std::string>;

/// One key of a configuration file, or of what is read like one.
struct ConfigSetting {
  std::string name;
  std::string value;
  std::string where;  ///< "FILE:LINE"
};

/// Where settings come from. `config` may hold `preset` and `weights` beside options.
struct SettingSources {
  std::string preset;   ///< given; empty: what the file says, or what suits the weights
  std::string weights;  ///< given; empty: what the file says
  std::vector<ConfigSetting> config;  ///< in its order
  Settings given;                     ///< wins over all
  std::string other_weights;          ///< where neither names any
};

struct DecidedSettings {
  TransferOptions options;
  std::string weights;
  /// What was set on top of the preset: the file's, then the given ones.
  std::vector<Settings> on_top;
  /// Given options that have no effect beside the others, each with the reason.
  Settings ineffective;
};

/// Preset, then file, then given. Does not validate the whole. Throws UsageError for an unknown
/// preset, option or value, which for a file's names the line, and for a key of the file that has
/// no effect.
DecidedSettings decide_settings(const SettingSources& sources);

/// The same on `start`, the options of an interrupted run, instead of a preset. `config` is what
/// that run was given, and is not applied again.
DecidedSettings decide_on(const TransferOptions& start, const SettingSources& sources);

/// Sets options by name; `size` and `iterations` move scales that came from elsewhere along. Throws
/// UsageError.
void apply_settings(const Settings& settings, TransferOptions& options);

/// The names in all of these.
std::set<std::string> names_in(const std::vector<Settings>& settings);

/// `iterations` divided among scales in these proportions; the shares add up to `iterations`. Where
/// there are fewer iterations than scales, the coarsest scales get none and are left out.
std::vector<std::int64_t> share_iterations(std::int64_t iterations,
                                           const std::vector<std::int64_t>& proportions);

}  // namespace impasto
