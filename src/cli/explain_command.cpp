// impasto explain: a transfer that tells where its gradient comes from.
#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <memory>

#include "backend/select.hpp"
#include "cli/command_observer.hpp"
#include "cli/commands.hpp"
#include "cli/fit_run.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "cli/resume.hpp"
#include "cli/transfer_arguments.hpp"
#include "cli/transfer_outputs.hpp"
#include "cli/validators.hpp"
#include "cli/weights_line.hpp"
#include "core/build_facts.hpp"
#include "core/files.hpp"
#include "explain/explain.hpp"
#include "explain/page/explanation_json.hpp"
#include "explain/page/report_html.hpp"
#include "explain/summary.hpp"
#include "impasto/impasto.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

/// A report's run is a small one unless it is told otherwise.
constexpr const char* kSize = "256";
constexpr const char* kIterations = "100";

struct ExplainArguments {
  TransferArguments run;
  std::string pixel;
  std::string json;
};

std::pair<std::int64_t, std::int64_t> parse_pixel(const std::string& text) {
  std::pair<std::int64_t, std::int64_t> pixel;
  const char* end = text.data() + text.size();
  const auto x = std::from_chars(text.data(), end, pixel.first);
  if (x.ec == std::errc() && x.ptr != end && *x.ptr == ',') {
    const auto y = std::from_chars(x.ptr + 1, end, pixel.second);
    if (y.ec == std::errc() && y.ptr == end) {
      return pixel;
    }
  }
  throw UsageError("'" + text + "' is no pixel", "--pixel",
                   "give X,Y counted from 0 at the top left");
}

/// The transfer's run, at one size.
TransferRun decide_explained_run(const TransferArguments& arguments) {
  std::map<std::string, std::string> smaller;
  const std::set<std::string> given = given_names(arguments);
  if (arguments.config.empty()) {
    if (!given.contains("size")) {
      smaller["size"] = kSize;
    }
    if (!given.contains("iterations")) {
      smaller["iterations"] = kIterations;
    }
  }
  std::map<std::string, std::string> ineffective;
  TransferRun run = decide_run(arguments, smaller, ineffective);
  for (const auto& [name, reason] : ineffective) {
    if (given.contains(name)) {
      throw UsageError("it has no effect here, " + reason, "--" + name, "leave it out");
    }
  }
  return run;
}

/// A report looks at one size.
void leave_scales_out(TransferOptions& options) {
  options.scales.clear();
  options.scale_iterations.clear();
}

/// A report under a picture's or a text's name would open as what it is not.
void require_ending_of_report(const std::string& output) {
  const std::filesystem::path path(output);
  const std::string ending = path.extension().string();
  if (!ending.empty() && ending != ".html" && ending != ".htm") {
    throw UsageError(
        "a report is HTML, and its name ends in .html", output,
        "name it so: -o " + std::filesystem::path(path).replace_extension(".html").string());
  }
}

void check_explain_outputs(const ExplainArguments& arguments, const TransferRun& run) {
  RunFiles files;
  files.reads(arguments.run.content);
  files.reads(arguments.run.styles);
  add_inputs(files, arguments.run, run);
  files.writes(arguments.run.output, "-o");
  files.writes_text(arguments.json, "--json", "JSON", ".json");
  files.check();
  require_ending_of_report(arguments.run.output);
  require_writable(arguments.run.output);
  if (!arguments.json.empty()) {
    require_writable(arguments.json);
  }
}

ExitCode finish(const ExplainArguments& arguments, const ExplainedTransfer& explained,
                Progress& progress) {
  const Explanation& explanation = explained.explanation;
  progress.finish();
  write_file(arguments.run.output, report_html(explanation));
  if (!arguments.json.empty()) {
    write_file(arguments.json, json_text(explanation_json(explanation)) + "\n");
  }
  std::cout << explanation_summary(explanation);
  progress.line("wrote " + arguments.run.output + ": " + explained.result.stop_reason + ", run " +
                duration_text(explanation.run_seconds) + ", report " +
                duration_text(explanation.explain_seconds));
  if (explained.result.outcome == Outcome::kInterrupted) {
    std::cerr << "impasto: interrupted after evaluation " << explained.result.trace.size()
              << "; the report is of the run so far\n";
  }
  if (explained.result.outcome == Outcome::kDiverged) {
    throw DivergedError("the optimisation diverged: " + explained.result.stop_reason,
                        "the report shows how", "lower --learning-rate or the loss weights");
  }
  return explained.result.outcome == Outcome::kInterrupted ? ExitCode::kInterrupted
                                                           : ExitCode::kDone;
}

ExitCode run_explain(const ExplainArguments& arguments) {
  TransferRun run = decide_explained_run(arguments.run);
  ExplainRequest request;
  if (!arguments.pixel.empty()) {
    request.pixel = parse_pixel(arguments.pixel);
  }
  take_default_weights(run);
  Progress progress(parse_progress(arguments.run.progress));
  check_explain_outputs(arguments, run);
  const auto [content, styles, weights] = load_inputs(arguments.run, run.weights, nullptr);
  const NetworkTraits traits = traits_of(weights);
  const std::string note = fit_run(run, traits);
  leave_scales_out(run.options);
  require_explainable(run.options);
  require_taps(run.options, traits.taps, run.weights);
  const SelectedBackend selected = select_backend(run.options);
  CommandObserver observer(progress, weights_line(weights, run.weights), note, false);
  observer.on_device(selected.description);
  request.program = program_and_version() + std::string(" (") + built_commit() + ")";
  request.device = selected.description;
  request.content_name = arguments.run.content;
  request.style_names = arguments.run.styles;
  request.weights_name = run.weights;
  request.settings = effective_settings(run.options);
  const InterruptGuard guard;
  const ExplainedTransfer explained =
      explain_on(*selected.backend, content, styles, weights, run.options, request, observer);
  return finish(arguments, explained, progress);
}

}  // namespace

void add_explain_command(CLI::App& root, CommandStatus& status) {
  const auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command = root.add_subcommand(
      "explain", "Watch a transfer and write a report on how its gradient reaches the pixels");
  command->add_option("content", arguments->run.content, "the photograph")
      ->required()
      ->check(not_empty())
      ->type_name("CONTENT");
  command->add_option("style", arguments->run.styles, "the painting or paintings")
      ->required()
      ->check(not_empty())
      ->type_name("STYLE");
  command->add_option("-o,--output", arguments->run.output, "the report to write, one HTML file")
      ->required()
      ->check(not_empty())
      ->type_name("REPORT.html");
  command
      ->add_option("--pixel", arguments->pixel,
                   "a pixel of the output whose gradient is worked out, besides the strongest of "
                   "each quarter; counted from 0 at the top left")
      ->check(not_empty())
      ->type_name("X,Y");
  command->add_option("--json", arguments->json, "also write the report's numbers as JSON")
      ->check(not_empty())
      ->type_name("FILE.json");
  add_run_arguments(*command, arguments->run, {"save-every", "scales", "scale-iterations"},
                    {{"size", kSize}, {"iterations", kIterations}});
  command->footer(std::string("Looks at one size: 256 pixels and 100 evaluations unless --size, "
                              "--iterations or --config say otherwise; a preset's scales are left "
                              "out. ") +
                  command->get_footer());
  command->callback([arguments, &status] { status.code = run_explain(*arguments); });
}

}  // namespace impasto
