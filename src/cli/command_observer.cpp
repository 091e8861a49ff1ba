#include "cli/command_observer.hpp"

#include <iostream>

#include "cli/interrupt.hpp"
#include "core/text.hpp"

namespace impasto {

void CommandObserver::on_device(const std::string& description) {
  progress_.line("device: " + description);
  progress_.line(weights_);
  if (!note_.empty()) {
    progress_.finish();
    std::cerr << "impasto: note: " << printable(note_) << '\n';
  }
}

std::string scale_line(std::int64_t scale, std::int64_t width, std::int64_t height,
                       std::int64_t iterations) {
  return "scale " + std::to_string(scale) + ": " + std::to_string(width) + " x " +
         std::to_string(height) + " pixels, " + std::to_string(iterations) +
         (iterations == 1 ? " evaluation" : " evaluations");
}

void CommandObserver::on_scale(std::int64_t scale, std::int64_t width, std::int64_t height,
                               std::int64_t iterations) {
  progress_.line(scale_line(scale, width, height, iterations));
}

void CommandObserver::on_evaluation(const TraceRow& row, std::int64_t planned) {
  progress_.update(row, planned);
}

void CommandObserver::on_warning(const std::string& message) {
  progress_.finish();
  std::cerr << "impasto: warning: " << printable(message) << '\n';
}

void CommandObserver::on_detail(const std::string& message) {
  if (verbose_) {
    progress_.finish();
    std::cerr << printable(message) << '\n';
  }
}

bool CommandObserver::stop_requested() {
  return InterruptGuard::interrupted();
}

}  // namespace impasto
