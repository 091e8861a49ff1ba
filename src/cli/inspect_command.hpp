// impasto inspect: what a weights file, checkpoint or picture holds.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace impasto {

/// Registers the subcommand. Its callback lets impasto::Error escape.
void add_inspect_command(CLI::App& root);

}  // namespace impasto
