#include "report/panels.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <new>
#include <set>
#include <utility>

#include "core/files.hpp"
#include "image/encode.hpp"
#include "network/topology.hpp"
#include "presets/fitted_preset.hpp"
#include "presets/option_table.hpp"
#include "report/journal.hpp"
#include "report/panel_inputs.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

/// Whether a run of more evaluations passes through the very results of shorter ones. A strong
/// Wolfe search that runs out of evaluations ends at the best trial so far, which a longer run
/// leaves behind; scales share the evaluations out among themselves.
bool passes_shorter_results(const TransferOptions& options) {
  const bool searches =
      options.optimizer == OptimizerKind::kLbfgs && options.line_search == LineSearch::kStrongWolfe;
  return !searches && options.scales.size() <= 1;
}

/// Evaluations after which a panel's picture is taken.
std::int64_t evaluations_of(const PanelJob& job) {
  return job.initial ? 0 : job.options.iterations;
}

/// Everything that decides a panel's picture, in words; without the number of evaluations where
/// `any_length` is set.
std::string recipe_of(const PanelJob& job, const PanelInputs& inputs, const std::string& program,
                      bool any_length) {
  std::string text = program + "\ncontent " + inputs.identity(job.content);
  for (const std::string& style : job.styles) {
    text += "\nstyle " + inputs.identity(style);
  }
  text += "\nweights " + inputs.identity(job.weights);
  if (job.options.init == InitialImage::kFile) {
    text += "\nstart " + inputs.identity(job.options.init_path);
  }
  for (const auto& [name, value] : effective_settings(job.options)) {
    const bool is_length = name == "iterations" && (any_length || job.initial);
    const bool is_path = name == "init" && job.options.init == InitialImage::kFile;
    if (!is_length && !is_path) {
      text.append("\n").append(name).append(" ").append(value);
    }
  }
  return text + (job.initial && !any_length ? "\ninitial image" : "");
}

/// Collects what a run that makes several panels shows on its way.
class RunObserver final : public TransferObserver {
 public:
  explicit RunObserver(FigureObserver& figure) : figure_(figure) {}

  void on_scale(std::int64_t scale, std::int64_t width, std::int64_t height,
                std::int64_t iterations) override {
    figure_.on_scale(scale, width, height, iterations);
  }
  void on_evaluation(const TraceRow& row, std::int64_t planned) override {
    rows.push_back(row);
    figure_.on_evaluation(row, planned);
  }
  void on_snapshot(std::int64_t iteration, const Image& picture) override {
    snapshots[iteration] = picture;
  }
  void on_warning(const std::string& message) override {
    disturbed = true;
    figure_.on_warning(message);
  }
  bool stop_requested() override { return figure_.stop_requested(); }

  std::vector<TraceRow> rows;
  std::map<std::int64_t, Image> snapshots;
  /// The run was rolled back somewhere, or diverged: a shorter one would not have known of that.
  bool disturbed = false;

 private:
  FigureObserver& figure_;
};

class PanelMaker {
 public:
  PanelMaker(const std::vector<PanelJob>& jobs, const std::string& folder,
             const std::string& program, FigureObserver& observer)
      : jobs_(jobs),
        folder_(folder),
        observer_(observer),
        inputs_(jobs, observer),
        backends_(inputs_, observer),
        journal_(folder) {
    for (const PanelJob& job : jobs) {
      recipes_.push_back(recipe_of(job, inputs_, program, false));
      runs_.push_back(recipe_of(job, inputs_, program, passes_shorter_results(job.options)));
      if (is_taken(journal_.path_of(job.file))) {
        replaceable_.insert(job.file);
      }
    }
    result_.panels.resize(jobs.size());
  }

  FigureResult make() {
    take_finished();
    for (std::size_t n = 0; n < jobs_.size(); ++n) {
      if (is_missing(n)) {  // a device that is not there is found now, not panel by panel
        backends_.shared_work(jobs_[n].options, jobs_[n].weights);
      }
    }
    warn_of_pictures();
    for (std::size_t n = 0; n < jobs_.size() && !result_.interrupted; ++n) {
      if (!is_missing(n)) {
        continue;
      }
      if (observer_.stop_requested()) {
        result_.interrupted = true;
        break;
      }
      run(alike(n));
      if (is_missing(n) && !result_.interrupted) {
        run({n});  // the common run was disturbed before it came by
      }
      if (is_missing(n) && !result_.interrupted) {
        fail({n}, "the run gave no picture", ExitCode::kDiverged);
      }
    }
    result_.work.weights = static_cast<int>(inputs_.weights_count());
    backends_.count(result_.work);
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool is_missing(std::size_t n) const {
    return result_.panels[n].status == PanelStatus::kMissing;
  }

  /// Of those of the whole figure, unless there is nothing left to make from them.
  void warn_of_pictures() {
    if (std::none_of(result_.panels.begin(), result_.panels.end(), [](const PanelResult& panel) {
          return panel.status == PanelStatus::kMissing;
        })) {
      return;
    }
    for (const std::string& warning : inputs_.warnings()) {
      observer_.on_warning(warning);
    }
  }

  void take_finished() {
    std::map<std::size_t, std::string> renamed;  // a panel that earlier had another file's name
    for (std::size_t n = 0; n < jobs_.size(); ++n) {
      if (const std::optional<JournalEntry> entry = journal_.find(recipes_[n])) {
        const std::string path = journal_.path_of(entry->file);
        PanelResult& panel = result_.panels[n];
        panel.status = PanelStatus::kDone;
        panel.picture = load_image(path);
        panel.last = entry->last;
        panel.found = true;
        if (entry->file != jobs_[n].file) {
          renamed[n] = read_file(path, std::size_t{1} << 30U);
        }
      }
    }
    for (const auto& [n, bytes] : renamed) {
      write_panel(jobs_[n].file, bytes);
      journal_.add(recipes_[n], jobs_[n].file, result_.panels[n].last);
    }
    const auto found = std::count_if(result_.panels.begin(), result_.panels.end(),
                                     [](const PanelResult& panel) { return panel.found; });
    observer_.on_start(static_cast<std::size_t>(found), jobs_.size());
  }

  /// Missing panels that one run can make together with panel n, n the first.
  [[nodiscard]] std::vector<std::size_t> alike(std::size_t n) const {
    std::vector<std::size_t> panels;
    for (std::size_t other = n; other < jobs_.size(); ++other) {
      if (is_missing(other) && runs_[other] == runs_[n]) {
        panels.push_back(other);
      }
    }
    return panels;
  }

  /// Makes these panels, which differ in their number of evaluations at most, by one transfer.
  void run(const std::vector<std::size_t>& panels) {
    const PanelJob& job =
        jobs_[*std::max_element(panels.begin(), panels.end(), [&](std::size_t a, std::size_t b) {
          return evaluations_of(jobs_[a]) < evaluations_of(jobs_[b]);
        })];
    const std::int64_t longest = evaluations_of(job);
    TransferOptions options = job.options;
    for (const std::size_t n : panels) {
      if (const std::int64_t evaluations = evaluations_of(jobs_[n]);
          evaluations < longest || evaluations == 0) {
        // What evaluation k + 1 sees is the result of k.
        options.save_at.push_back(evaluations + 1);
      }
    }
    observer_.on_run(panels);
    ++result_.work.runs;
    RunObserver run_observer(observer_);
    TransferResult transferred;
    try {
      transferred = transfer_panel(job, options, run_observer);
    } catch (const Error& error) {
      fail(panels, error.what(), error.exit_code());
      return;
    } catch (const std::bad_alloc&) {
      fail(panels, "not enough memory (host): choose a smaller --size", ExitCode::kDevice);
      return;
    }
    // A shorter run might have ended before it went wrong, or have gone wrong by itself.
    run_observer.disturbed |= transferred.outcome == Outcome::kDiverged;
    result_.interrupted = transferred.outcome == Outcome::kInterrupted;
    for (const std::size_t n : panels) {
      const std::int64_t evaluations = evaluations_of(jobs_[n]);
      if (evaluations == longest && evaluations > 0) {
        finish_longest(n, transferred);
      } else {
        finish_snapshot(n, evaluations, run_observer);
      }
    }
  }

  TransferResult transfer_panel(const PanelJob& job, const TransferOptions& options,
                                TransferObserver& observer) {
    std::vector<Image> styles;
    for (const std::string& style : job.styles) {
      styles.push_back(inputs_.picture(style));
    }
    require_taps(job.options, tap_names(inputs_.weights(job.weights)), job.weights);
    SharedWork& shared = backends_.shared_work(options, job.weights);
    return transfer_on(shared.backend(), inputs_.picture(job.content), styles, shared.weights(),
                       options, observer, nullptr, &shared);
  }

  void finish_longest(std::size_t n, const TransferResult& transferred) {
    if (transferred.outcome == Outcome::kInterrupted) {
      return;
    }
    PanelResult& panel = result_.panels[n];
    panel.last = transferred.trace.empty() ? TraceRow{} : transferred.trace.back();
    if (transferred.outcome == Outcome::kDiverged) {
      panel.status = PanelStatus::kDiverged;
      panel.message = "diverged: " + transferred.stop_reason;
      panel.code = ExitCode::kDiverged;
    } else {
      panel.status = PanelStatus::kDone;
    }
    keep(n, transferred.picture);
  }

  void finish_snapshot(std::size_t n, std::int64_t evaluations, const RunObserver& observed) {
    const auto snapshot = observed.snapshots.find(evaluations + 1);
    const auto row = static_cast<std::size_t>(std::max<std::int64_t>(evaluations, 1) - 1);
    // The initial image is what it is, whatever happens after it.
    const bool trusted = !observed.disturbed || evaluations == 0;
    if (snapshot == observed.snapshots.end() || row >= observed.rows.size() || !trusted) {
      return;
    }
    result_.panels[n].status = PanelStatus::kDone;
    result_.panels[n].last = observed.rows[row];
    keep(n, snapshot->second);
  }

  /// Replaces only what stood there when the figure was begun, which the caller has looked at, and
  /// what this figure itself wrote since.
  void write_panel(const std::string& file, const std::string& bytes) {
    const std::string path = journal_.path_of(file);
    journal_.claim(file, bytes);
    if (replaceable_.contains(file)) {
      write_file(path, bytes);
    } else if (!create_file(path, bytes)) {
      throw InputError("a file that this figure did not make has appeared there", path,
                       "move it away, or choose another output");
    }
    replaceable_.insert(file);
  }

  /// Writes the panel's picture, and notes it as finished unless it diverged.
  void keep(std::size_t n, const Image& picture) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) {
      throw InputError("cannot make the folder: " + error.message(), folder_,
                       "name another output");
    }
    PanelResult& panel = result_.panels[n];
    const std::string path = journal_.path_of(jobs_[n].file);
    write_panel(jobs_[n].file, encode_for(path, picture));
    panel.picture = load_image(path);  // as a later session will see it
    if (panel.status == PanelStatus::kDone) {
      journal_.add(recipes_[n], jobs_[n].file, panel.last);
    }
    observer_.on_panel(n, panel);
  }

  void fail(const std::vector<std::size_t>& panels, const std::string& message, ExitCode code) {
    for (const std::size_t n : panels) {
      PanelResult& panel = result_.panels[n];
      panel.status = PanelStatus::kFailed;
      panel.message = message;
      panel.code = code;
      observer_.on_panel(n, panel);
    }
  }

  const std::vector<PanelJob>& jobs_;
  std::string folder_;
  FigureObserver& observer_;
  PanelInputs inputs_;
  PanelBackends backends_;
  Journal journal_;
  std::vector<std::string> recipes_;   // a panel's picture is decided by it
  std::vector<std::string> runs_;      // equal ones can come from one run
  std::set<std::string> replaceable_;  // panels' files that may be replaced
  FigureResult result_;
};

}  // namespace

FigureResult make_panels(const std::vector<PanelJob>& jobs, const std::string& folder,
                         const std::string& program, FigureObserver& observer) {
  return PanelMaker(jobs, folder, program, observer).make();
}

void require_panel_folder(const std::string& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (fs::is_directory(status)) {
    require_writable(folder + "/panel");
  } else if (fs::exists(status)) {
    throw InputError("the panels' folder cannot be made: there is a file of that name", folder,
                     "name another output, or move that file away");
  } else {
    require_writable(folder);
  }
}

}  // namespace impasto
