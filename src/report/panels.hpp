// The panels of a figure: many transfers, with the work they have in common done once, and what is
// finished kept in a folder, so that an interrupted figure goes on where it stopped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "impasto/error.hpp"
#include "impasto/image.hpp"
#include "impasto/options.hpp"
#include "impasto/transfer.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// One panel: a transfer and its names.
struct PanelJob {
  std::string label;  ///< for people: "learning-rate = 0.1"
  std::string file;   ///< the picture's name in the figure's folder: "learning-rate_0.1.png"
  std::string content;
  std::vector<std::string> styles;  ///< picture files, as the content
  std::string weights;              ///< as load_weights takes it
  TransferOptions options;
  /// The initial image instead of a result: as after no evaluation at all.
  bool initial = false;
};

enum class PanelStatus { kMissing, kDone, kDiverged, kFailed };

struct PanelResult {
  PanelStatus status = PanelStatus::kMissing;
  Image picture;        ///< the last good one when diverged, empty when failed
  TraceRow last;        ///< the last evaluation's losses and time
  std::string message;  ///< why it failed or diverged
  ExitCode code = ExitCode::kDone;
  bool found = false;  ///< was there already, from an earlier session
};

/// What a figure tells while it is made, and how it is stopped.
class FigureObserver {
 public:
  FigureObserver() = default;
  FigureObserver(const FigureObserver&) = delete;
  FigureObserver& operator=(const FigureObserver&) = delete;
  FigureObserver(FigureObserver&&) = delete;
  FigureObserver& operator=(FigureObserver&&) = delete;
  virtual ~FigureObserver() = default;

  /// Once per weights that are used, after they were loaded.
  virtual void on_weights(const std::string& /*specification*/, const NetworkWeights& /*weights*/) {
  }
  /// Once per device that is used.
  virtual void on_device(const std::string& /*description*/) {}
  /// `found` of all panels are there already.
  virtual void on_start(std::size_t /*found*/, std::size_t /*all*/) {}
  /// A run begins that makes these panels (indices).
  virtual void on_run(const std::vector<std::size_t>& /*panels*/) {}
  /// A scale of a run begins, counted from 1.
  virtual void on_scale(std::int64_t /*scale*/, std::int64_t /*width*/, std::int64_t /*height*/,
                        std::int64_t /*iterations*/) {}
  virtual void on_evaluation(const TraceRow& /*row*/, std::int64_t /*planned*/) {}
  virtual void on_panel(std::size_t /*panel*/, const PanelResult& /*result*/) {}
  virtual void on_warning(const std::string& /*message*/) {}
  virtual bool stop_requested() { return false; }
};

/// How often things were made for a figure; the rest was shared.
struct WorkCount {
  int runs = 0;  ///< transfers
  int weights = 0;
  int backends = 0;
  int networks = 0;
  int targets = 0;  ///< sets of content or style targets
};

struct FigureResult {
  std::vector<PanelResult> panels;  ///< one per job
  bool interrupted = false;         ///< the missing ones can be had by calling again
  WorkCount work;
};

/// Makes every panel that `folder` does not hold already and writes each there as soon as it is
/// finished, with a note of what it was made from (finished.json). A panel is taken from there only
/// if program, pictures, weights and options are the same and its file is untouched. A panel that
/// fails is noted in its result, and the others are made. Panels that differ in nothing are made
/// once; those that differ in the number of evaluations only come from one run, where the
/// optimiser's path does not depend on that number. `program` names program and version. Throws
/// InputError when a picture or weights file cannot be read, or when `folder` cannot be written,
/// DeviceError when a device cannot be had.
FigureResult make_panels(const std::vector<PanelJob>& jobs, const std::string& folder,
                         const std::string& program, FigureObserver& observer);

/// Throws InputError if panels could not be written to `folder`; leaves nothing behind.
void require_panel_folder(const std::string& folder);

}  // namespace impasto
