// The command line's entry: registers the commands and turns every error into one line and an exit
// code.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "backend/select.hpp"
#include "cli/commands.hpp"
#include "cli/convert_command.hpp"
#include "cli/help.hpp"
#include "cli/inspect_command.hpp"
#include "cli/interrupt.hpp"
#include "cli/parse_errors.hpp"
#include "core/build_facts.hpp"
#include "core/text.hpp"
#include "core/trial.hpp"

namespace impasto {
namespace {

std::string version_text() {
  return program_and_version() + std::string(" (") + built_commit() + ", " + build_type() +
         ")\nbackends: " + backend_versions();
}

int fail(ExitCode code, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  const std::string line = "impasto: error: " + printable(message) + "\n";
  std::cerr << line;  // whole, or not at all where there is no memory for it
  return static_cast<int>(code);
}

constexpr const char* kNoMemory = "not enough memory (host): choose a smaller --size";

/// Where nothing catches an error, as when memory runs out in a function that promises to throw
/// none (CLI11 has some), there is still one line rather than a crash.
[[noreturn]] void end_without_memory() {
  try {
    if (std::current_exception()) {
      std::rethrow_exception(std::current_exception());
    }
  } catch (const std::bad_alloc&) {
    std::_Exit(fail(ExitCode::kDevice, kNoMemory));
  } catch (...) {
    // A mistake in the program: what std::abort leaves tells where.
  }
  std::abort();
}

int run(int argc, char** argv) {
  CLI::App app{"Neural style transfer: paints a photograph in the manner of a painting.",
               "impasto"};
  // Before the commands: they inherit both.
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_all_flag("--help-all", "Print every option and end");
  app.set_version_flag("--version", version_text);
  CommandStatus status;
  add_transfer_command(app, status);
  add_reconstruct_command(app, status);
  add_sweep_command(app, status);
  add_explain_command(app, status);
  add_plot_command(app);
  add_convert_command(app, status);
  add_inspect_command(app);
  add_presets_command(app);
  add_gradcheck_command(app, status);
  add_bench_command(app);
  add_devices_command(app);
  require_plain_words(argc, argv);
  std::vector<std::string> words =
      with_help_as_option(app, std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // help and version are no errors
      return app.exit(error);
    }
    throw usage_error_of(app, error);
  }
  // Not require_subcommand(1): CLI11 would then hide a misspelt command behind "a subcommand is
  // required".
  if (app.get_subcommands().empty()) {
    throw UsageError("no command is given", "command line",
                     "impasto transfer PHOTO PAINTING -o OUT.png makes a picture; impasto --help "
                     "lists the other commands");
  }
  return static_cast<int>(status.code);
}

}  // namespace
}  // namespace impasto

int main(int argc, char** argv) {
  using impasto::ExitCode;
  impasto::occupy_standard_streams();
  impasto::ignore_full_files();
  std::set_terminate(impasto::end_without_memory);
  impasto::allow_trials();
  try {
    const int code = impasto::run(argc, argv);
    std::cout.flush();
    if (code == 0 && !std::cout) {
      return impasto::fail(ExitCode::kInput, "cannot write (standard output): is the disk full?");
    }
    return code;
  } catch (const impasto::Error& error) {
    return impasto::fail(error.exit_code(), error.what());
  } catch (const std::bad_alloc&) {
    return impasto::fail(ExitCode::kDevice, impasto::kNoMemory);
  } catch (const std::exception& error) {
    return impasto::fail(ExitCode::kDevice, std::string("unexpected: ") + error.what() +
                                                ": please report this with impasto --version");
  }
}
