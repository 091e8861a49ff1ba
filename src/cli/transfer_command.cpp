// impasto transfer: the main job on the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "cli/command_observer.hpp"
#include "cli/commands.hpp"
#include "cli/fit_run.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "cli/resume.hpp"
#include "cli/trace_file.hpp"
#include "cli/transfer_arguments.hpp"
#include "cli/transfer_outputs.hpp"
#include "cli/weights_line.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "image/encode.hpp"
#include "impasto/impasto.hpp"
#include "transfer/sizes.hpp"
#include "weights/input_file.hpp"

namespace impasto {
namespace {

/// Keeps snapshots beside the output.
class SnapshotObserver final : public CommandObserver {
 public:
  SnapshotObserver(Progress& progress, const TransferArguments& arguments, std::string weights,
                   std::string note)
      : CommandObserver(progress, std::move(weights), std::move(note), arguments.verbose),
        output_(arguments.output),
        overwrite_(arguments.overwrite) {}

  void on_snapshot(std::int64_t iteration, const Image& picture) override {
    try {
      keep_snapshot(output_, iteration, picture, overwrite_);
    } catch (const InputError& error) {
      // A snapshot that cannot be kept is no reason to lose the run.
      on_warning(std::string("no snapshot: ") + error.what());
    }
  }

 private:
  std::string output_;
  bool overwrite_;
};

/// All of them: where one cannot be written, the others are. Returns the first failure.
std::exception_ptr write_all(const std::vector<std::function<void()>>& writers) {
  std::exception_ptr failure;
  for (const std::function<void()>& write : writers) {
    try {
      write();
    } catch (const Error&) {
      failure = failure ? failure : std::current_exception();
    }
  }
  return failure;
}

/// Writes the picture. Returns its file's SHA-256. Where the place that was good when the run began
/// takes it no more, the picture is kept elsewhere, and what is thrown says where.
std::string write_picture(const std::string& output, const Image& picture) {
  const std::string file = encode_for(output, picture);
  try {
    write_file(output, file);
  } catch (const InputError& error) {
    const auto elsewhere = keep_elsewhere(
        output, [&](const std::string& path) { return create_file(path, file) ? path : ""; });
    if (!elsewhere) {
      throw;
    }
    throw InputError(std::string(error.what()) + "; the picture is in " + *elsewhere);
  }
  return sha256_of(file);
}

/// Leaves what it takes to go on with an interrupted run, elsewhere where its place takes it no
/// more. Returns its name.
std::string leave_checkpoint(const TransferArguments& arguments, const RunRecord& record,
                             const TransferResult& result) {
  Checkpoint checkpoint = *result.checkpoint;
  checkpoint.settings = print_record(record);
  try {
    return keep_checkpoint(arguments.output, checkpoint, arguments.resume);
  } catch (const InputError&) {
    const auto elsewhere = keep_elsewhere(arguments.output, [&](const std::string& path) {
      return keep_checkpoint(path, checkpoint, arguments.resume);
    });
    if (!elsewhere) {
      throw;
    }
    return *elsewhere;
  }
}

/// A finished run needs the checkpoint no more that it went on from.
void discard_checkpoint(const TransferArguments& arguments, const std::string& sha256,
                        Progress& progress) {
  if (remove_checkpoint(arguments.output, arguments.resume, sha256)) {
    progress.line("removed " + arguments.resume + ": the run that it was for is finished");
  } else {
    progress.line("kept " + arguments.resume + ", which the finished run needs no more");
  }
}

/// `resumed`: SHA-256 of the checkpoint that the run went on from, when it was read; or empty.
ExitCode finish(const TransferArguments& arguments, RunRecord record, const std::string& resumed,
                const TransferResult& result, Progress& progress) {
  progress.finish();
  std::string checkpoint;
  const std::exception_ptr failure =
      write_all({[&] { record.picture_sha256 = write_picture(arguments.output, result.picture); },
                 [&] {
                   if (!arguments.trace.empty()) {
                     write_file(arguments.trace, trace_csv(result.trace));
                   }
                 },
                 [&] {
                   if (result.checkpoint) {
                     checkpoint = leave_checkpoint(arguments, record, result);
                   }
                 }});
  if (!failure) {
    const double seconds = result.trace.empty() ? 0 : result.trace.back().seconds;
    progress.line("wrote " + arguments.output + ": " + std::to_string(result.picture.width) +
                  " x " + std::to_string(result.picture.height) + " pixels, " + result.stop_reason +
                  ", " + duration_text(seconds));
  }
  const bool is_written = !record.picture_sha256.empty();
  if (!checkpoint.empty()) {
    std::cerr << "impasto: interrupted after evaluation " << result.trace.size()
              << (is_written ? "; the picture so far is in " + printable(arguments.output) : "")
              << "; to go on: " << resume_command(checkpoint) << '\n';
  } else if (result.checkpoint && is_written) {
    std::cerr << "impasto: the picture after evaluation " << result.trace.size() << " is in "
              << printable(arguments.output) << '\n';
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
  if (result.outcome == Outcome::kInterrupted) {
    return ExitCode::kInterrupted;
  }
  if (result.outcome == Outcome::kDiverged) {
    throw DivergedError("the optimisation diverged: " + result.stop_reason,
                        "after evaluation " + std::to_string(result.trace.size()) +
                            "; the last good picture is in " + arguments.output,
                        "lower --learning-rate or the loss weights");
  }
  if (!resumed.empty()) {
    discard_checkpoint(arguments, resumed, progress);
  }
  return ExitCode::kDone;
}

/// Tells who asked for a size that the content picture does not have, and is not enlarged to.
void note_small_content(const TransferRun& run, const Image& content, CommandObserver& observer) {
  const TransferOptions& options = run.options;
  const std::int64_t wanted = options.scales.empty() ? options.size : options.scales.back();
  const std::int64_t own = std::max(content.width, content.height);
  const bool asked = std::any_of(run.given.begin(), run.given.end(), [](const auto& settings) {
    return settings.contains("size") || settings.contains("scales");
  });
  if (!run.record && asked && !options.upscale && !options.stretch && wanted > own) {
    observer.on_warning("the content picture's long side has " + std::to_string(own) +
                        " pixels, and so has the output's: --upscale enlarges it to the " +
                        std::to_string(wanted) + " asked for");
  }
}

void note_no_snapshots(std::int64_t save_every, const std::vector<Scale>& scales,
                       CommandObserver& observer) {
  std::int64_t evaluations = 0;
  for (const Scale& scale : scales) {
    evaluations += scale.iterations;
  }
  if (save_every > evaluations) {
    observer.on_warning("there will be no snapshot: --save-every " + std::to_string(save_every) +
                        " is more than the run's " + std::to_string(evaluations) + " evaluations");
  }
}

ExitCode run_transfer(TransferArguments arguments) {
  if (arguments.print_config && arguments.dry_run) {
    throw UsageError("one prints the options, the other the memory", "--print-config, --dry-run",
                     "leave one of them out");
  }
  TransferRun run = decide_run(arguments);
  if (arguments.print_config) {
    std::cout << config_on_weights(run);
    return ExitCode::kDone;
  }
  const std::string resumed = run.record ? sha256_of_file(arguments.resume) : "";
  if (run.record) {
    if (arguments.output.empty() && !arguments.overwrite && !arguments.dry_run) {
      require_picture_as_left(*run.record);
    }
    complete(arguments, *run.record);
    prefer_choices(run.record->choices);
  }
  require_complete(arguments);
  take_default_weights(run);
  Progress progress(parse_progress(arguments.progress));
  if (!arguments.dry_run) {
    check_outputs(arguments, run);
  }
  const Checkpoint* resume = run.resume ? &*run.resume : nullptr;
  const auto [content, styles, weights] = load_inputs(arguments, run.weights, resume);
  const NetworkTraits traits = traits_of(weights);
  const std::string note = fit_run(run, traits);
  require_taps(run.options, traits.taps, run.weights);
  if (arguments.dry_run) {
    for (const std::string& line : memory_report(content, styles, weights, run.options)) {
      std::cout << line << '\n';
    }
    return ExitCode::kDone;
  }
  SnapshotObserver observer(progress, arguments, weights_line(weights, run.weights), note);
  if (!content.alpha.empty() && !keeps_alpha(arguments.output)) {
    observer.on_warning("a JPEG has no transparency, so that of " + arguments.content +
                        " will be lost: write a .png to keep it");
  }
  note_small_content(run, content, observer);
  const std::vector<Scale> scales = scales_of(run.options, content);
  note_no_snapshots(run.options.save_every, scales, observer);
  progress.plan(scales);
  const InterruptGuard guard;
  const TransferResult result = transfer(content, styles, weights, run.options, observer, resume);
  return finish(arguments, record_of(arguments, run.options, run.weights), resumed, result,
                progress);
}

}  // namespace

void add_transfer_command(CLI::App& root, CommandStatus& status) {
  const auto arguments = std::make_shared<TransferArguments>();
  CLI::App* command =
      root.add_subcommand("transfer", "Paint a photograph in the manner of one or more paintings");
  add_transfer_arguments(*command, *arguments);
  command->callback([arguments, &status] { status.code = run_transfer(*arguments); });
}

}  // namespace impasto
