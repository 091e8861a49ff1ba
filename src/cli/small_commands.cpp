// devices and presets: lists of what there is.
#include <CLI/CLI.hpp>
#include <iostream>

#include "backend/select.hpp"
#include "cli/commands.hpp"
#include "presets/presets.hpp"

namespace impasto {

void add_devices_command(CLI::App& root) {
  CLI::App* command =
      root.add_subcommand("devices", "List what can compute here and, for what cannot, why");
  command->callback([] {
    for (const std::string& line : describe_devices()) {
      std::cout << line << '\n';
    }
  });
}

void add_presets_command(CLI::App& root) {
  CLI::App* command = root.add_subcommand("presets", "List the presets of impasto transfer");
  command->callback([] {
    for (const Preset& preset : preset_table()) {
      std::cout << preset.name << ": " << preset.description << " (" << preset.source << ")\n";
    }
    for (const PlannedPreset& preset : planned_presets()) {
      std::cout << preset.name << ": not there yet; " << preset.description << " (" << preset.source
                << "); the nearest is " << preset.nearest << '\n';
    }
  });
}

}  // namespace impasto
