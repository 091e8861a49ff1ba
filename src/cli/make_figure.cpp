#include "cli/make_figure.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "cli/command_observer.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "cli/run_files.hpp"
#include "cli/weights_line.hpp"
#include "core/build_facts.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "report/journal.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

/// "panel 3 of 12", "panels 1, 2 and 3 of 12 in one run".
std::string panels_text(const std::vector<std::size_t>& panels, std::size_t all) {
  std::string text = panels.size() == 1 ? "panel " : "panels ";
  for (std::size_t n = 0; n < panels.size(); ++n) {
    text += n == 0 ? "" : n + 1 == panels.size() ? " and " : ", ";
    text += std::to_string(panels[n] + 1);
  }
  text += " of " + std::to_string(all);
  return text + (panels.size() > 1 ? " in one run" : "");
}

class CommandFigureObserver final : public FigureObserver {
 public:
  CommandFigureObserver(const Figure& figure, Progress& progress)
      : figure_(figure), progress_(progress), notes_(figure.notes) {}

  void on_weights(const std::string& specification, const NetworkWeights& weights) override {
    progress_.line(weights_line(weights, specification));
  }
  void on_device(const std::string& description) override {
    progress_.line("device: " + description);
    for (const std::string& note : notes_) {
      progress_.finish();
      std::cerr << "impasto: note: " << printable(note) << '\n';
    }
    notes_.clear();
  }
  void on_start(std::size_t found, std::size_t all) override {
    if (found > 0) {
      progress_.line(std::to_string(found) + " of " + std::to_string(all) +
                     " panels are there already");
    }
  }
  void on_run(const std::vector<std::size_t>& panels) override {
    progress_.line(panels_text(panels, figure_.panels.size()) + ": " +
                   figure_.panels[panels.back()].label);
  }
  void on_scale(std::int64_t scale, std::int64_t width, std::int64_t height,
                std::int64_t iterations) override {
    if (scale > 1) {  // whose losses are not those of the scale before
      progress_.line(scale_line(scale, width, height, iterations));
    }
  }
  void on_evaluation(const TraceRow& row, std::int64_t planned) override {
    progress_.update(row, planned);
  }
  void on_panel(std::size_t panel, const PanelResult& result) override {
    if (!result.message.empty()) {
      on_warning("panel " + std::to_string(panel + 1) + " (" + figure_.panels[panel].label +
                 "): " + result.message);
    }
  }
  void on_warning(const std::string& message) override {
    progress_.finish();
    std::cerr << "impasto: warning: " << printable(message) << '\n';
  }
  bool stop_requested() override { return InterruptGuard::interrupted(); }

 private:
  const Figure& figure_;
  Progress& progress_;
  std::set<std::string> notes_;  // still to be told
};

/// Reads the journal of the folder that the figure's panels go to, or went to.
Journal journal_of(const std::string& output) {
  return Journal(figure_folder(output));
}

void check_figure_outputs(const Figure& figure, const TransferArguments& run) {
  if (run.output.empty()) {
    throw UsageError("there is no output", "-o", "give -o FIG.png");
  }
  RunFiles files(run.overwrite);
  files.reads(run.config);
  for (const FigureInput& input : figure.inputs) {
    files.reads(input.path);
  }
  for (const PanelJob& job : figure.panels) {
    files.reads(job.styles);
    files.reads({job.content, job.weights, job.options.init_path});
  }
  const Journal journal = journal_of(run.output);
  const auto is_own = [&](const std::string& path) { return journal.is_own(path); };
  const auto is_readable = [&](const std::string&) { return !journal.is_unreadable(); };
  files.writes(run.output, "-o");
  files.derives(figure_csv_path(run.output), "the table", is_own);
  files.derives(journal.path_of(Journal::kFile), "the journal", is_readable);
  for (const PanelJob& job : figure.panels) {
    files.derives(journal.path_of(job.file), "the panel", is_own);
  }
  files.check();
  check_writable(run.output);
  require_writable(figure_csv_path(run.output));
  require_panel_folder(figure_folder(run.output));
}

/// The table, whose name the user did not choose: `was_there` when the figure was begun.
void write_table(const std::string& output, const std::string& table, bool was_there) {
  const std::string path = figure_csv_path(output);
  journal_of(output).claim(fs::path(path).filename().string(), table);
  if (was_there) {
    write_file(path, table);
  } else if (!create_file(path, table)) {
    throw InputError("a file that this command did not make has appeared there", path,
                     "move it away, and give the same command again");
  }
}

/// Throws what the first panel failed with where every one did: there is nothing to show.
void require_any_picture(const FigureResult& result) {
  const PanelResult& first = result.panels.front();
  if (std::all_of(result.panels.begin(), result.panels.end(),
                  [](const PanelResult& panel) { return panel.picture.pixels() == 0; })) {
    throw Error(first.code, "every panel failed, the first with: " + first.message, "", "");
  }
}

/// Throws what the first failed panel failed with.
void require_all_done(const FigureResult& result, const std::string& output) {
  const auto is_bad = [](const PanelResult& panel) { return panel.code != ExitCode::kDone; };
  const auto first = std::find_if(result.panels.begin(), result.panels.end(), is_bad);
  if (first != result.panels.end()) {
    const auto bad = std::count_if(result.panels.begin(), result.panels.end(), is_bad);
    throw Error(first->code,
                std::to_string(bad) + " of " + std::to_string(result.panels.size()) +
                    " panels failed; the others are in " + output,
                "panel " + std::to_string(first - result.panels.begin() + 1), first->message);
  }
}

}  // namespace

std::string figure_csv_path(const std::string& output) {
  return fs::path(output).replace_extension(".csv").string();
}

std::string figure_folder(const std::string& output) {
  const fs::path path(output);
  return (path.parent_path() / (path.stem().string() + "_panels")).string();
}

ExitCode make_figure(const Figure& figure, const TransferArguments& run) {
  const std::string& output = run.output;
  Progress progress(parse_progress(run.progress));
  check_figure_outputs(figure, run);
  const bool had_table = is_taken(figure_csv_path(output));
  CommandFigureObserver observer(figure, progress);
  const InterruptGuard guard;
  const FigureResult result =
      make_panels(figure.panels, figure_folder(output),
                  program_and_version() + std::string(" (") + built_commit() + ")", observer);
  progress.finish();
  if (result.interrupted) {
    const auto done =
        std::count_if(result.panels.begin(), result.panels.end(),
                      [](const PanelResult& panel) { return panel.status == PanelStatus::kDone; });
    std::cerr << "impasto: interrupted: " << done << " of " << result.panels.size()
              << " panels are done and kept in " << printable(figure_folder(output))
              << "; the same command goes on from there\n";
    return ExitCode::kInterrupted;
  }
  require_any_picture(result);
  const Image sheet = draw_sheet(figure_sheet(figure, result));
  save_image(output, sheet);
  write_table(output, figure_csv(figure, result), had_table);
  progress.line("wrote " + output + ": " + std::to_string(sheet.width) + " x " +
                std::to_string(sheet.height) + " pixels, " + std::to_string(result.panels.size()) +
                (result.panels.size() == 1 ? " panel, " : " panels, ") +
                std::to_string(result.work.runs) + (result.work.runs == 1 ? " run" : " runs"));
  require_all_done(result, output);
  return ExitCode::kDone;
}

}  // namespace impasto
