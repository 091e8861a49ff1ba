// What a transfer says on stderr while it runs.
#pragma once

#include <string>

#include "cli/progress.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

/// "scale 2: 512 x 384 pixels, 80 evaluations".
std::string scale_line(std::int64_t scale, std::int64_t width, std::int64_t height,
                       std::int64_t iterations);

class CommandObserver : public TransferObserver {
 public:
  /// `weights`, the line that says which ones the run uses, follows the device line, which comes
  /// first; then `note`, unless empty.
  CommandObserver(Progress& progress, std::string weights, std::string note, bool verbose)
      : progress_(progress),
        weights_(std::move(weights)),
        note_(std::move(note)),
        verbose_(verbose) {}

  void on_device(const std::string& description) override;
  void on_scale(std::int64_t scale, std::int64_t width, std::int64_t height,
                std::int64_t iterations) override;
  void on_evaluation(const TraceRow& row, std::int64_t planned) override;
  void on_warning(const std::string& message) override;
  void on_detail(const std::string& message) override;
  /// Ctrl-C ends the run.
  bool stop_requested() override;

 private:
  Progress& progress_;
  std::string weights_;
  std::string note_;
  bool verbose_;
};

}  // namespace impasto
