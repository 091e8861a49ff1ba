// impasto convert: checkpoints of other programs to weights files.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace impasto {

/// Registers the subcommand. Its callback lets impasto::Error escape.
void add_convert_command(CLI::App& root);

}  // namespace impasto
