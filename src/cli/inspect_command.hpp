// impasto inspect: what a weights file, checkpoint or picture holds.
#pragma once

#include "cli/cli11_forward.hpp"

namespace impasto {

/// Registers the subcommand. Its callback lets impasto::Error escape.
void add_inspect_command(CLI::App& root);

}  // namespace impasto
