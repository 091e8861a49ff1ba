// impasto convert: checkpoints of other programs to weights files.
#pragma once

#include "cli/cli11_forward.hpp"

namespace impasto {

/// Registers the subcommand. Its callback lets impasto::Error escape.
void add_convert_command(CLI::App& root);

}  // namespace impasto
