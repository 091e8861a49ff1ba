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
};

const std::vector<Preset>& preset_table();

/// Throws UsageError that lists the names.
const Preset& find_preset(const std::string& name);

}  // namespace impasto
