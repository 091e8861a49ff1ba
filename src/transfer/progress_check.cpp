#include "transfer/progress_check.hpp"

#include <algorithm>
#include <cstdio>

namespace impasto {
namespace {

/// A loss that changed by less than this part of it did not change.
constexpr double kUnchanged = 1e-6;
/// A run that was not ended early has to be this long to be judged.
constexpr std::size_t kFewestEvaluations = 10;

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

/// What may help a run whose loss does not move.
std::string remedy(const TransferOptions& options) {
  if (options.optimizer == OptimizerKind::kAdam) {
    return "raise --learning-rate, or start from another picture with --init";
  }
  if (options.line_search == LineSearch::kNone) {
    return "without a line search the steps are as small as a small loss's gradient: raise the "
           "loss weights, or use --lbfgs-line-search strong-wolfe";
  }
  return "start from another picture with --init, or give other loss weights";
}

}  // namespace

std::optional<std::string> weak_gradient(const TransferOptions& options, double largest) {
  if (options.optimizer != OptimizerKind::kAdam || largest >= options.adam_epsilon) {
    return std::nullopt;
  }
  return "the largest gradient of a pixel is " + short_number(largest) +
         ", below Adam's epsilon of " + short_number(options.adam_epsilon) +
         ": its steps will be far shorter than the learning rate; raise the loss weights, or lower "
         "--adam-epsilon";
}

std::optional<std::string> no_progress(const TransferOptions& options,
                                       std::span<const TraceRow> rows, std::int64_t planned,
                                       const std::string& reason) {
  if (rows.empty() || (reason.empty() && rows.size() < kFewestEvaluations)) {
    return std::nullopt;
  }
  const double first = rows.front().total;
  const auto [least, most] =
      std::minmax_element(rows.begin(), rows.end(),
                          [](const TraceRow& a, const TraceRow& b) { return a.total < b.total; });
  if (least->total < first * (1 - kUnchanged)) {
    return std::nullopt;
  }
  const std::string count =
      std::to_string(rows.size()) + " of " + std::to_string(planned) + " evaluations";
  if (most->total > first * (1 + kUnchanged) && reason.empty()) {
    return "the loss never fell below the " + short_number(first) + " of its first evaluation in " +
           count + "; lower --learning-rate";
  }
  return "the picture is where it started: the loss is " + short_number(rows.back().total) +
         " as at first, after " + count + (reason.empty() ? "" : " (" + reason + ")") + "; " +
         remedy(options);
}

}  // namespace impasto
