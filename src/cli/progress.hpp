// Progress on stderr: a bar on a terminal, a plain line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/time_left.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

enum class ProgressStyle { kBar, kPlain, kNone };

/// "auto" is a bar on a terminal and plain lines elsewhere. Throws UsageError for another word.
ProgressStyle parse_progress(const std::string& text);

class Progress {
 public:
  explicit Progress(ProgressStyle style) : style_(style) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;
  ~Progress() { finish(); }  ///< so that an error that ends the run has a line of its own

  /// The scales of the run that follows, so that the time left counts what the larger ones cost.
  void plan(const std::vector<Scale>& scales) { time_left_.plan(scales); }
  void line(const std::string& text);  ///< a line of its own, the bar kept below
  void update(const TraceRow& row, std::int64_t planned);
  void finish();  ///< ends the bar's line

 private:
  void draw(const TraceRow& row, std::int64_t planned);

  ProgressStyle style_;
  bool bar_shown_ = false;
  TimeLeft time_left_;
  std::chrono::steady_clock::time_point last_{};
};

/// "1:05" or "2:03:04" (h:mm:ss).
std::string duration_text(double seconds);

}  // namespace impasto
