// The reference systems as data: each preset is a list of option settings, in the command line's
// own words.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "impasto/options.hpp"
#include "impasto/weights.hpp"

namespace impasto {

struct Preset {
  std::string name;
  std::string description;  ///< one line
  std::string source;       ///< where its numbers come from
  std::optional<WeightFamily>
      family;  ///< the weights its balance of content and style was published for
  std::vector<std::pair<std::string, std::string>> settings;
  /// What --balance auto aims at: the style's pixel gradient over the content's. Found by looking.
  double balance = 100;
  /// Further settings on weights that are not the preset's; see fitted_preset.
  std::vector<std::pair<std::string, std::string>> elsewhere{};
};

/// A recipe that options cannot express yet: listed, and refused by name.
struct PlannedPreset {
  std::string name;
  std::string description;  ///< one line
  std::string source;
  std::string missing;  ///< what the program cannot do yet
  std::string nearest;  ///< what to use meanwhile, as command-line words
};

const std::vector<Preset>& preset_table();
const std::vector<PlannedPreset>& planned_presets();

/// Throws UsageError: for an unknown name it lists the names, for a planned preset it says what is
/// missing and what is nearest.
const Preset& find_preset(const std::string& name);

}  // namespace impasto
