// The subcommands. Each add_… registers one whose callback does the work; impasto::Error escapes to
// main.
#pragma once

#include "cli/cli11_forward.hpp"
#include "impasto/error.hpp"

namespace impasto {

/// The exit code of the command that ran, for those that end other than by success or an exception.
struct CommandStatus {
  ExitCode code = ExitCode::kDone;
};

void add_transfer_command(CLI::App& root, CommandStatus& status);
void add_reconstruct_command(CLI::App& root, CommandStatus& status);
void add_sweep_command(CLI::App& root, CommandStatus& status);
void add_explain_command(CLI::App& root, CommandStatus& status);
void add_plot_command(CLI::App& root);
void add_gradcheck_command(CLI::App& root, CommandStatus& status);
void add_bench_command(CLI::App& root);
void add_devices_command(CLI::App& root);
void add_presets_command(CLI::App& root);

}  // namespace impasto
