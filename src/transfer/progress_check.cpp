#include "transfer/progress_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace impasto {
namespace {

/// A loss that changed by less than this part of it did not change.
constexpr double kUnchanged = 1e-6;
/// A run that was not ended early has to be this long to be judged.
constexpr std::size_t kFewestEvaluations = 10;
/// A loss that ends at more than so many times what it began with has run away.
constexpr double kRunaway = 10;

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

/// What may help a run whose loss rose.
std::string remedy_for_rise(const TraceRow& last) {
  if (last.content > last.total / 2) {
    return "lower --learning-rate, or give the style more weight: most of the loss is the "
           "content's";
  }
  return "lower --learning-rate";
}

bool never_fell(std::span<const TraceRow> rows) {
  const double first = rows.front().total;
  return std::all_of(rows.begin(), rows.end(), [first](const TraceRow& row) {
    return row.total >= first * (1 - kUnchanged);
  });
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

std::optional<std::string> strong_gradient(const TransferOptions& options, double largest) {
  const double most = std::sqrt(std::numeric_limits<float>::max() / (1 - options.adam_beta2));
  if (options.optimizer != OptimizerKind::kAdam || largest < most) {
    return std::nullopt;
  }
  return "the largest gradient of a pixel is " + short_number(largest) +
         ", whose square is beyond Adam's second moment: there its steps are none; lower the loss "
         "weights";
}

std::optional<std::string> runaway_loss(std::span<const TraceRow> rows) {
  if (rows.size() < kFewestEvaluations || !never_fell(rows) ||
      rows.back().total <= kRunaway * rows.front().total) {
    return std::nullopt;
  }
  return "the loss rose from " + short_number(rows.front().total) + " to " +
         short_number(rows.back().total) + " and never fell below what it began with";
}

std::optional<std::string> no_progress(const TransferOptions& options,
                                       std::span<const TraceRow> rows, std::int64_t planned,
                                       const std::string& reason) {
  if (rows.empty() || (reason.empty() && rows.size() < kFewestEvaluations)) {
    return std::nullopt;
  }
  const double first = rows.front().total;
  if (!never_fell(rows)) {
    return std::nullopt;
  }
  const std::string count =
      std::to_string(rows.size()) + " of " + std::to_string(planned) + " evaluations";
  const bool rose = std::any_of(rows.begin(), rows.end(), [first](const TraceRow& row) {
    return row.total > first * (1 + kUnchanged);
  });
  if (rose && reason.empty()) {
    return "the loss never fell below the " + short_number(first) + " of its first evaluation in " +
           count + "; " + remedy_for_rise(rows.back());
  }
  return "the picture is where it started: the loss is " + short_number(rows.back().total) +
         " as at first, after " + count + (reason.empty() ? "" : " (" + reason + ")") + "; " +
         remedy(options);
}

}  // namespace impasto
