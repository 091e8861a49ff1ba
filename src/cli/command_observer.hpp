// What a transfer says on stderr while it runs.
#pragma once

#include <string>

#include "cli/progress.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

class CommandObserver : public TransferObserver {
 public:
  /// `note`, unless empty, follows the device line, which comes first.
  CommandObserver(Progress& progress, std::string note, bool verbose)
      : progress_(progress), note_(std::move(note)), verbose_(verbose) {}

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
  std::string note_;
  bool verbose_;
};

}  // namespace impasto
