// impasto convert: checkpoints of other programs to weights files.
#pragma once

#include "cli/commands.hpp"

namespace impasto {

/// Registers the subcommand. Its callback lets impasto::Error escape.
void add_convert_command(CLI::App& root, CommandStatus& status);

}  // namespace impasto
