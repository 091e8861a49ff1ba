// impasto plot: loss curves from traces.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <vector>

#include "cli/commands.hpp"
#include "cli/run_files.hpp"
#include "cli/validators.hpp"
#include "report/plot.hpp"
#include "report/trace_reader.hpp"

namespace impasto {
namespace {

struct PlotArguments {
  std::vector<std::string> traces;
  std::string output;
  std::string against = "iterations";
  int width = PlotOptions{}.width;
};

/// File names without folder and extension where they tell the traces apart, else as given.
std::vector<std::string> names_of(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  names.reserve(paths.size());
  for (const std::string& path : paths) {
    names.push_back(std::filesystem::path(path).stem().string());
  }
  return std::set<std::string>(names.begin(), names.end()).size() == names.size() ? names : paths;
}

void run_plot(const PlotArguments& arguments) {
  RunFiles files;
  files.reads(arguments.traces);
  files.writes(arguments.output, "-o");
  files.check();
  check_plot_writable(arguments.output);
  const std::vector<std::string> names = names_of(arguments.traces);
  std::vector<NamedTrace> traces;
  for (std::size_t n = 0; n < names.size(); ++n) {
    traces.push_back({names[n], read_trace(arguments.traces[n])});
  }
  PlotOptions options;
  options.width = arguments.width;
  options.axis = arguments.against == "seconds" ? PlotAxis::kSeconds : PlotAxis::kIterations;
  save_plot(arguments.output, Plot(traces, options));
}

}  // namespace

void add_plot_command(CLI::App& root) {
  const auto arguments = std::make_shared<PlotArguments>();
  CLI::App* command = root.add_subcommand("plot", "Draw the loss curves of one or several traces");
  command->add_option("traces", arguments->traces, "what impasto transfer --trace wrote")
      ->required()
      ->check(not_empty())
      ->type_name("TRACE.csv");
  command->add_option("-o,--output", arguments->output, "the figure to write, .svg or .png")
      ->required()
      ->check(not_empty())
      ->type_name("FIG");
  command
      ->add_option("--against", arguments->against,
                   "what stands along the horizontal axis [iterations]")
      ->check(one_of({"iterations", "seconds"}))
      ->type_name("iterations|seconds");
  command->add_option("--width", arguments->width, "width of the figure, pixels [900]")
      ->check(whole_number(300, 8000))
      ->type_name("N");
  command->callback([arguments] { run_plot(*arguments); });
}

}  // namespace impasto
