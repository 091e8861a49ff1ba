// impasto gradcheck: the proof, as a table.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "backend/select.hpp"
#include "cli/commands.hpp"
#include "gradcheck/gradcheck.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

struct GradcheckArguments {
  std::string device = "auto";
  std::string seed = "1";
  double step = 1e-5;
  bool json = false;
};

void print_table(const std::vector<GradientCheck>& checks) {
  std::printf("%-42s %-12s %12s %14s %14s\n", "operation", "input", "|gradient|", "vs numeric",
              "vs reference");
  for (const GradientCheck& check : checks) {
    std::printf("%-42s %-12s %12.4g %14.2e %14.2e  %s\n", check.name.c_str(),
                to_string(check.shape).c_str(), check.gradient_norm, check.numeric_error,
                check.backend_error, check.passed() ? "ok" : "FAILED");
  }
}

void print_json(const std::vector<GradientCheck>& checks) {
  nlohmann::json rows = nlohmann::json::array();
  for (const GradientCheck& check : checks) {
    rows.push_back({{"operation", check.name},
                    {"input", to_string(check.shape)},
                    {"gradient_norm", check.gradient_norm},
                    {"numeric_error", check.numeric_error},
                    {"numeric_tolerance", check.numeric_tolerance},
                    {"backend_error", check.backend_error},
                    {"backend_tolerance", check.backend_tolerance},
                    {"passed", check.passed()}});
  }
  std::cout << rows.dump(2) << '\n';
}

ExitCode run_gradcheck(const GradcheckArguments& arguments) {
  if (!std::isfinite(arguments.step) || arguments.step <= 0) {
    throw UsageError("the step is no number above 0", "--step", "give a small one, like 1e-5");
  }
  // Not CLI11's own conversion, which takes -1 for 2^64 - 1.
  const std::uint64_t seed = parse_seed("seed", arguments.seed);
  TransferOptions options;
  options.device = arguments.device == "cuda" ? DeviceKind::kCuda : DeviceKind::kCpu;
  const SelectedBackend selected = select_backend(options);
  std::vector<GradientCheck> checks =
      check_operations(*selected.backend, {3, 5, 7}, seed, arguments.step);
  const std::vector<GradientCheck> network = check_network(*selected.backend, seed, arguments.step);
  checks.insert(checks.end(), network.begin(), network.end());
  arguments.json ? print_json(checks) : print_table(checks);
  std::size_t failed = 0;
  for (const GradientCheck& check : checks) {
    failed += check.passed() ? 0 : 1;
  }
  if (!arguments.json) {
    std::cout << (failed == 0 ? "all gradients agree" : std::to_string(failed) + " failed")
              << " on " << selected.backend->name() << '\n';
  }
  return failed == 0 ? ExitCode::kDone : ExitCode::kCheckFailed;
}

}  // namespace

void add_gradcheck_command(CLI::App& root, CommandStatus& status) {
  const auto arguments = std::make_shared<GradcheckArguments>();
  CLI::App* command = root.add_subcommand("gradcheck",
                                          "Check analytic gradients against central differences in "
                                          "double, and the device's against the "
                                          "reference; exit status 1 on failure");
  command->add_option("--device", arguments->device, "backend to check [auto]")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->type_name("auto|cpu|cuda");
  command->add_option("--seed", arguments->seed, "seed of the random inputs [1]")->type_name("N");
  command->add_option("--step", arguments->step, "step of the central differences [1e-5]")
      ->type_name("F");
  command->add_flag("--json", arguments->json, "print JSON instead of a table");
  command->callback([arguments, &status] { status.code = run_gradcheck(*arguments); });
}

}  // namespace impasto
