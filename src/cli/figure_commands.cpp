// impasto sweep and impasto reconstruct: figures of many transfers.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/make_figure.hpp"
#include "cli/sweep_plan.hpp"
#include "cli/validators.hpp"

namespace impasto {
namespace {

constexpr const char* kOutputs =
    "Beside FIG.png come FIG.csv, a table of the last losses and times, and FIG_panels/, the "
    "panels one by one. An interrupted figure goes on where it stopped when the same command is "
    "given again; a panel that fails is marked, and the others are made.";

void add_output(CLI::App& command, TransferArguments& run) {
  command.add_option("-o,--output", run.output, "the contact sheet to write, .png or .jpg")
      ->required()
      ->check(not_empty())
      ->type_name("FIG");
  add_overwrite_flag(command, run);
}

void add_columns(CLI::App& command, std::int64_t& columns, const std::string& help) {
  command.add_option("--columns", columns, help)->check(whole_number(0, 100))->type_name("N");
}

struct ReconstructArguments {
  TransferArguments run;
  std::string image;
  std::int64_t columns = 0;
  bool cumulative = false;
  bool inputs = false;
};

}  // namespace

void add_sweep_command(CLI::App& root, CommandStatus& status) {
  const auto arguments = std::make_shared<SweepArguments>();
  CLI::App* command =
      root.add_subcommand("sweep", "Show what an option does: a labelled grid of transfers");
  command->add_option("pictures", arguments->pictures, "the photograph, then the paintings")
      ->check(not_empty())
      ->type_name("CONTENT STYLE");
  command
      ->add_option("--vary", arguments->vary,
                   "an option and its values, once or twice; the first goes down the rows, the "
                   "second along the columns. Any option of impasto transfer, and preset, "
                   "weights, content, style, ratio (content weight : style weight). "
                   "iterations=0 is the initial image. Values that have commas: 'style-layers="
                   "relu1_1;relu1_1,relu2_1'; a comma, semicolon or space in a file's name: "
                   "'style=a\\,b.jpg,c.jpg' or 'style=\"a,b.jpg\",c.jpg'. Options hand in hand: "
                   "'optimizer=adam,lbfgs learning-rate=0.05,1'")
      ->allow_extra_args(false)
      ->type_name("OPTION=v1,v2,...");
  add_output(*command, arguments->run);
  add_columns(*command, arguments->columns,
              "panels in a row, with one --vary; 0 = what looks best [0]");
  command->add_flag("--inputs", arguments->inputs, "show the content and style pictures as well");
  add_run_arguments(*command, arguments->run, {"save-every"}, {});
  command->footer(std::string(kOutputs) + " " + command->get_footer());
  command->callback(
      [arguments, &status] { status.code = make_figure(plan_sweep(*arguments), arguments->run); });
}

void add_reconstruct_command(CLI::App& root, CommandStatus& status) {
  const auto arguments = std::make_shared<ReconstructArguments>();
  CLI::App* command = root.add_subcommand(
      "reconstruct", "Show what layers keep of a picture: its content or its style alone");
  command->add_option("image", arguments->image, "the picture to reconstruct")
      ->required()
      ->check(not_empty())
      ->type_name("IMAGE");
  add_output(*command, arguments->run);
  command->add_flag("--cumulative", arguments->cumulative,
                    "growing sets of layers instead of each alone");
  add_columns(*command, arguments->columns, "panels in a row; 0 = what looks best [0]");
  command->add_flag("--inputs", arguments->inputs, "show the picture itself as well");
  add_run_arguments(*command, arguments->run,
                    {"save-every", "style-weights", "style-stretch", "balance", "strength"},
                    {{"init", "noise"}});
  command->footer(std::string("Starts from noise unless --init is given. ") + kOutputs + " " +
                  command->get_footer());
  command->callback([arguments, &status] {
    Figure figure = plan_reconstruction(arguments->run, arguments->image, arguments->cumulative);
    figure.width = static_cast<std::size_t>(arguments->columns);
    if (arguments->inputs) {
      figure.inputs.push_back({"the picture", arguments->image});
    }
    status.code = make_figure(figure, arguments->run);
  });
}

}  // namespace impasto
