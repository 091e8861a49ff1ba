#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "core/text.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::milliseconds kPlainEvery{3000};

}  // namespace

ProgressStyle parse_progress(const std::string& text) {
  if (text == "none") {
    return ProgressStyle::kNone;
  }
  if (text == "plain") {
    return ProgressStyle::kPlain;
  }
  if (text == "auto") {
    return isatty(STDERR_FILENO) != 0 ? ProgressStyle::kBar : ProgressStyle::kPlain;
  }
  throw UsageError("'" + text + "' is not a kind of progress", "--progress",
                   "give auto, plain or none");
}

std::string duration_text(double seconds) {
  const auto whole = std::lround(std::max(0.0, seconds));
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  }
  return text;
}

void Progress::line(const std::string& text) {
  if (style_ == ProgressStyle::kNone) {
    return;
  }
  if (bar_shown_) {
    std::cerr << "\r\033[K";
    bar_shown_ = false;
  }
  std::cerr << printable(text) << '\n';
}

void Progress::update(const TraceRow& row, std::int64_t planned) {
  if (style_ == ProgressStyle::kNone) {
    return;
  }
  time_left_.note(row);
  const auto now = std::chrono::steady_clock::now();
  const auto interval = style_ == ProgressStyle::kBar ? kRedraw : kPlainEvery;
  if (row.iteration == 1 || row.iteration == planned || now - last_ >= interval) {
    last_ = now;
    draw(row, planned);
  }
}

void Progress::draw(const TraceRow& row, std::int64_t planned) {
  const std::optional<double> pace = time_left_.seconds_per_iteration();
  const std::optional<double> left = time_left_.seconds(planned);
  char text[160];
  std::snprintf(text, sizeof text, "%lld/%lld  loss %.5g  %s ms/iteration  %s left",
                static_cast<long long>(row.iteration), static_cast<long long>(planned), row.total,
                pace ? std::to_string(std::lround(1000 * *pace)).c_str() : "~",
                left ? duration_text(*left).c_str() : "~");
  if (style_ == ProgressStyle::kPlain) {
    std::cerr << text << '\n';
    return;
  }
  const auto filled =
      static_cast<int>(kBarWidth * row.iteration / std::max<std::int64_t>(planned, 1));
  std::cerr << "\r\033[K[" << std::string(static_cast<std::size_t>(filled), '#')
            << std::string(static_cast<std::size_t>(kBarWidth - filled), '.') << "] " << text
            << std::flush;
  bar_shown_ = true;
}

void Progress::finish() {
  if (bar_shown_) {
    std::cerr << '\n';
    bar_shown_ = false;
  }
}

}  // namespace impasto
