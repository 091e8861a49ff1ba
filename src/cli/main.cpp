// The command line's entry: registers the commands and turns every error into one line and an exit
// code.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <string>

#include "backend/select.hpp"
#include "cli/commands.hpp"
#include "cli/convert_command.hpp"
#include "cli/inspect_command.hpp"
#include "cli/interrupt.hpp"
#include "core/text.hpp"

namespace impasto {
namespace {

std::string version_text() {
  return std::string("impasto ") + IMPASTO_VERSION + " (" + IMPASTO_COMMIT + ", " +
         IMPASTO_BUILD_TYPE + ")\nbackends: " + backend_versions();
}

int fail(ExitCode code, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::cerr << "impasto: error: " << printable(message) << '\n';
  return static_cast<int>(code);
}

/// CLI11's own complaints, in this program's form. Help and version are no errors.
int report_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    return app.exit(error);
  }
  return fail(
      ExitCode::kUsage,
      std::string(error.what()) + " (command line): see impasto --help, or --help after a command");
}

/// Shows "--clamp,--no-clamp" and not the values that CLI11 writes behind flags,
/// "--clamp{true},--no-clamp{false}".
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, positional);
    for (const std::string value : {"{true}", "{false}"}) {
      for (std::size_t at = name.find(value); at != std::string::npos; at = name.find(value)) {
        name.erase(at, value.size());
      }
    }
    return name;
  }
};

int run(int argc, char** argv) {
  CLI::App app{"Neural style transfer: paints a photograph in the manner of a painting.",
               "impasto"};
  app.formatter(std::make_shared<HelpFormatter>());  // before the commands: they inherit it
  app.set_version_flag("--version", version_text);
  CommandStatus status;
  add_transfer_command(app, status);
  add_reconstruct_command(app, status);
  add_sweep_command(app, status);
  add_explain_command(app, status);
  add_plot_command(app);
  add_convert_command(app);
  add_inspect_command(app);
  add_presets_command(app);
  add_gradcheck_command(app, status);
  add_bench_command(app);
  add_devices_command(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_parse_error(app, error);
  }
  // Not require_subcommand(1): CLI11 would then hide a misspelt command behind "a subcommand is
  // required".
  if (app.get_subcommands().empty()) {
    throw UsageError("no command is given", "command line", "see impasto --help");
  }
  return static_cast<int>(status.code);
}

}  // namespace
}  // namespace impasto

int main(int argc, char** argv) {
  using impasto::ExitCode;
  impasto::occupy_standard_streams();
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
    return impasto::fail(ExitCode::kDevice, "not enough memory (host): choose a smaller --size");
  } catch (const std::exception& error) {
    return impasto::fail(ExitCode::kDevice, std::string("unexpected: ") + error.what() +
                                                ": please report this with impasto --version");
  }
}
