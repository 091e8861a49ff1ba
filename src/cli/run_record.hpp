// What a checkpoint keeps of the command that it interrupts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backend/run_choices.hpp"
#include "impasto/options.hpp"

namespace impasto {

/// The interrupted command. Paths are absolute.
struct RunRecord {
  std::string content;
  std::vector<std::string> styles;
  std::string weights;  ///< a path, or the specification of a network built in memory
  std::string output;
  std::string trace;  ///< empty: none
  /// SHA-256 of the output's file as the interrupted run left it; empty where it left none.
  std::string picture_sha256;
  /// Preset and effective options, as the command line would spell them.
  std::vector<std::pair<std::string, std::string>> settings;
  RunChoices choices;  ///< algorithms that were chosen
};

/// As JSON of printable ASCII (Checkpoint::settings), whatever bytes the names are made of.
std::string print_record(const RunRecord& record);

/// Throws InputError naming `place` for anything else.
RunRecord parse_record(const std::string& text, const std::string& place);

/// The options that the settings make, and nothing else: of the preset only the name, for an option
/// that the preset sets and the run had unset is not among them. Throws InputError naming `place`
/// where they make none.
TransferOptions options_of(const RunRecord& record, const std::string& place);

}  // namespace impasto
