// impasto gradcheck: the proof, as a table, and what it says when a gradient is wrong.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>

#include "backend/select.hpp"
#include "cli/commands.hpp"
#include "cli/gradcheck_output.hpp"
#include "cli/validators.hpp"
#include "gradcheck/network_operations.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

struct GradcheckArguments {
  std::vector<std::string> ops;
  std::string step = "1e-5";
  std::string mistake;
  std::string device;
  std::string seed = "1";
  std::string plot;
  bool json = false;
};

/// What --step sweep stands for.
constexpr std::array<double, 12> kSweep{1e-1, 1e-2, 1e-3, 1e-4,  1e-5,  1e-6,
                                        1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12};

template <typename Value>
void require_new(const std::vector<Value>& values, const Value& value, const std::string& option,
                 const std::string& text) {
  if (std::find(values.begin(), values.end(), value) != values.end()) {
    throw UsageError("'" + text + "' is named twice", option, "name it once");
  }
}

/// The largest first.
std::vector<double> parse_steps(const std::string& text) {
  if (text == "sweep") {
    return {kSweep.begin(), kSweep.end()};
  }
  std::vector<double> steps;
  for (const std::string& part : split(text)) {
    const double step =
        parse_number("step", part, {0, std::numeric_limits<double>::max(), /*open_low=*/true});
    require_new(steps, step, "--step", part);
    steps.push_back(step);
  }
  if (steps.empty()) {
    throw UsageError("no step is given", "--step", "give one, like 1e-5, several, or sweep");
  }
  std::sort(steps.begin(), steps.end(), std::greater<>());
  return steps;
}

/// Short names of the operations, each once, in their order.
std::vector<std::string> names_of(const std::vector<DifferentiableOperation>& operations) {
  std::vector<std::string> names;
  for (const DifferentiableOperation& operation : operations) {
    if (names.empty() || names.back() != operation.key) {
      names.push_back(operation.key);
    }
  }
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The operations and the network at a size that takes a second, or those of them that were named.
std::vector<DifferentiableOperation> operations_of(const GradcheckArguments& arguments) {
  const std::uint64_t seed = parse_seed("seed", arguments.seed);
  std::vector<DifferentiableOperation> operations = differentiable_operations({3, 5, 7}, seed);
  for (DifferentiableOperation& network : network_operations(seed)) {
    operations.push_back(std::move(network));
  }
  const std::vector<std::string> names = names_of(operations);
  std::vector<std::string> wanted;
  for (const std::string& op : arguments.ops) {
    if (!contains(names, op)) {
      throw UsageError("'" + op + "' is no operation", "--op", "there are " + join(names));
    }
    require_new(wanted, op, "--op", op);
    wanted.push_back(op);
  }
  if (!wanted.empty()) {
    std::erase_if(operations, [&](const auto& each) { return !contains(wanted, each.key); });
  }
  return operations;
}

/// None where none was asked for.
const MistakeEntry* mistake_of(const GradcheckArguments& arguments) {
  if (arguments.mistake.empty()) {
    return nullptr;
  }
  const std::vector<MistakeEntry>& table = mistake_table();
  return &*std::find_if(table.begin(), table.end(),
                        [&](const MistakeEntry& entry) { return entry.name == arguments.mistake; });
}

/// An option that would have no effect is an error.
void require_effects(const GradcheckArguments& arguments, const std::vector<double>& steps,
                     const MistakeEntry* mistake) {
  if (!arguments.plot.empty() && steps.size() < 2) {
    throw UsageError("one step makes no curve", "--plot", "give several with --step, or leave it");
  }
  if (mistake == nullptr) {
    return;
  }
  if (!arguments.device.empty()) {
    throw UsageError("a mistake is put into the reference, and no device takes part", "--device",
                     "leave out --device or --break");
  }
  if (!arguments.ops.empty() &&
      std::none_of(mistake->keys.begin(), mistake->keys.end(),
                   [&](const std::string& op) { return contains(arguments.ops, op); })) {
    throw UsageError(mistake->name + " spoils none of the operations named", "--break",
                     "name one with --op of " + join(mistake->keys));
  }
}

SelectedBackend select_device(const std::string& device) {
  TransferOptions options;
  options.device = device == "cuda" ? DeviceKind::kCuda : DeviceKind::kCpu;
  return select_backend(options);
}

std::string summary(std::size_t failed, bool several_steps) {
  if (failed > 0) {
    return std::to_string(failed) + " failed";
  }
  return std::string("all gradients agree") + (several_steps ? " at their best step (*)" : "");
}

void print_text(const std::vector<GradientCheck>& checks, std::size_t failed,
                const std::string& checked, const MistakeEntry* mistake) {
  const bool several_steps = checks.front().steps.size() > 1;
  several_steps ? print_steps(checks) : print_checks(checks);
  std::cout << std::flush << summary(failed, several_steps) << " on " << checked << '\n';
  if (mistake != nullptr) {
    std::cout << mistake->name << ": " << mistake->broken << ".\n" << mistake->lesson << ".\n";
  }
}

ExitCode run_gradcheck(const GradcheckArguments& arguments) {
  const std::vector<double> steps = parse_steps(arguments.step);
  const MistakeEntry* mistake = mistake_of(arguments);
  const std::vector<DifferentiableOperation> operations = operations_of(arguments);
  require_effects(arguments, steps, mistake);
  if (!arguments.plot.empty()) {
    check_plot_writable(arguments.plot);
  }
  SelectedBackend device;
  GradcheckPlan plan;
  plan.steps = steps;
  if (mistake != nullptr) {
    plan.mistake = mistake->mistake;
  } else {
    device = select_device(arguments.device);
    plan.device = device.backend.get();
  }
  const std::vector<GradientCheck> checks = check_gradients(operations, plan);
  if (!arguments.plot.empty()) {
    save_plot(arguments.plot, Plot(step_figure(checks)));
  }
  const auto failed = static_cast<std::size_t>(std::count_if(
      checks.begin(), checks.end(), [](const GradientCheck& check) { return !check.passed(); }));
  if (arguments.json) {
    std::cout << checks_as_json(checks, arguments.mistake) << '\n';
  } else {
    print_text(checks, failed,
               plan.device != nullptr ? plan.device->name() : "the reference, broken on purpose",
               mistake);
  }
  return failed == 0 ? ExitCode::kDone : ExitCode::kCheckFailed;
}

std::vector<std::string> mistake_names() {
  std::vector<std::string> names;
  for (const MistakeEntry& entry : mistake_table()) {
    names.push_back(entry.name);
  }
  return names;
}

}  // namespace

void add_gradcheck_command(CLI::App& root, CommandStatus& status) {
  const auto arguments = std::make_shared<GradcheckArguments>();
  CLI::App* command = root.add_subcommand("gradcheck",
                                          "Check analytic gradients against central differences in "
                                          "double, and the device's against the "
                                          "reference; exit status 1 on failure");
  const std::string names = join(names_of(differentiable_operations({1, 2, 2}, 1)));
  command
      ->add_option("--op", arguments->ops,
                   "check only this: " + names + ", network; repeatable [all]")
      ->allow_extra_args(false)
      ->delimiter(',')
      ->type_name("NAME,...");
  command
      ->add_option("--step", arguments->step,
                   "step of the central differences; of several each is shown, and the best must "
                   "pass; sweep: 1e-1 to 1e-12 [1e-5]")
      ->type_name("H,...|sweep");
  command
      ->add_option("--plot", arguments->plot,
                   "draw error against step, for several steps: .svg or .png [none]")
      ->check(not_empty())
      ->type_name("FIG");
  command
      ->add_option("--break", arguments->mistake,
                   "put a classic mistake into the analytic gradients and see what the check says "
                   "[none]")
      ->check(one_of(mistake_names()))
      ->type_name("relu-mask|filter-flip|pool-route|gram-factor");
  command->add_option("--device", arguments->device, "backend to check [auto]")
      ->check(one_of({"auto", "cpu", "cuda"}))
      ->type_name("auto|cpu|cuda");
  command->add_option("--seed", arguments->seed, "seed of the random inputs [1]")->type_name("N");
  command->add_flag("--json", arguments->json, "print JSON instead of a table");
  command->footer(
      "A step too large shows truncation, O(h^2), where the function is curved, and kinks (ReLU, "
      "max pooling) that it crosses; one too small shows rounding, O(1e-16 / h). Linear operations "
      "(image-in, conv, average-pool, pad) and quadratic ones (content, tv) have no "
      "truncation: central differences are exact on them.");
  command->callback([arguments, &status] { status.code = run_gradcheck(*arguments); });
}

}  // namespace impasto
