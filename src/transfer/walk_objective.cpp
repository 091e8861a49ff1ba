#include "transfer/walk_objective.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace impasto {
namespace {

/// A batch's length in seconds, and in iterations at most.
constexpr double kBatchSeconds = 0.05;
constexpr std::int64_t kMostBatched = 256;
/// Where no clock may decide, batches end at the multiples of this number, in an interrupted and
/// resumed run too: few enough that a stop is soon heeded, many enough that the host's looks do not
/// count.
constexpr std::int64_t kBatchedWithoutClock = 8;

}  // namespace

std::int64_t Snapshots::next_from(std::int64_t iteration) const {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  if (every > 0) {
    next = (iteration + every - 1) / every * every;
  }
  for (const std::int64_t wanted : at) {
    next = wanted >= iteration ? std::min(next, wanted) : next;
  }
  return next;
}

WalkObjective::WalkObjective(Backend& backend, ScaleWalk& walk, const Shape& shape,
                             std::int64_t iterations, std::int64_t scale, RunState& run,
                             TransferObserver& observer, Snapshots snapshots)
    : backend_(backend),
      walk_(walk),
      iterations_(iterations),
      scale_(scale),
      run_(run),
      observer_(observer),
      snapshots_(std::move(snapshots)),
      good_(backend, shape, backend.runs_ahead() ? 2 : 1),
      scalar_(backend),
      largest_pixel_(backend),
      host_slots_(walk.losses().slot_count()) {}

bool WalkObjective::is_finite(const Tensor& x) {
  return std::isfinite(scalar_.absolute_max(x));
}

double WalkObjective::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - run_.start).count();
}

/// Counts and reports one finite evaluation.
void WalkObjective::book(const LossValues& values, double seconds) {
  ++done_;
  run_.trace.push_back({static_cast<std::int64_t>(run_.trace.size()) + 1, scale_, values.total(),
                        values.content, values.style, values.tv, seconds});
  observer_.on_evaluation(run_.trace.back(), run_.planned);
  run_.stopped = run_.stopped || observer_.stop_requested();
}

void WalkObjective::tell_first_gradient(double largest) {
  if (const auto tell = std::exchange(tell_first_gradient_, nullptr)) {
    tell(largest);
  }
}

Recording& WalkObjective::recorded_walk(const Tensor& x, const Tensor& dx) {
  for (const RecordedWalk& walk : walks_) {
    if (walk.x == x.data && walk.dx == dx.data) {
      return *walk.recording;
    }
  }
  walks_.push_back({x.data, dx.data, backend_.record([this, x, dx] { enqueue(x, dx); })});
  return *walks_.back().recording;
}

void WalkObjective::enqueue(const Tensor& x, const Tensor& dx) {
  walk_.enqueue(x, dx);
  walk_.losses().visit_gradient(dx);
  backend_.absolute_max(x, largest_pixel_.slot());
}

/// The walk's values, and the answers to the questions; x's largest pixel stays in the member.
LossValues WalkObjective::read_values(Questions* questions) {
  std::array<ScalarRange, 3> ranges{{{walk_.losses().slots(), host_slots_},
                                     {largest_pixel_.slot(), {&host_largest_pixel_, 1}},
                                     {}}};
  std::size_t count = 2;
  if (questions != nullptr) {
    ranges[count++] = questions->answers();
  }
  backend_.read_all(std::span(ranges).first(count));
  return walk_.losses().values_of(host_slots_);
}

Evaluation WalkObjective::evaluate(const Tensor& x, const Tensor& dx, Questions* questions) {
  if (backend_.runs_ahead()) {
    recorded_walk(x, dx).replay();
  } else {
    enqueue(x, dx);
  }
  if (questions != nullptr) {
    questions->ask(x, dx);
  }
  const LossValues values = read_values(questions);
  const double total = values.total();
  if (!values.is_finite() || !std::isfinite(host_largest_pixel_)) {
    return {total, false, false};
  }
  remember_good(x);
  const bool snapshot = snapshots_.next_from(next_iteration()) == next_iteration();
  book(values, seconds());
  tell_first_gradient(values.gradient);
  if (snapshot) {
    snapshots_.deliver(run_.trace.back().iteration, backend_.download_later(x)->values());
  }
  if (run_.probe != nullptr) {
    run_.probe->on_evaluation(run_.trace.back().iteration, x, dx);
  }
  return {total, true, done_ >= iterations_ || run_.stopped};
}

std::int64_t WalkObjective::batch_by_rule() const {
  return kBatchedWithoutClock - (next_iteration() - 1) % kBatchedWithoutClock;
}

/// The first batch tells how long an iteration takes, or how large the first gradient is.
std::int64_t WalkObjective::first_batch() const {
  return backend_.chooses_without_clock() && !tell_first_gradient_ ? batch_by_rule() : 1;
}

/// The length of the batch after one of `count` iterations that took `each` seconds. Where a batch
/// that is not finite is rolled back to depends on it.
std::int64_t WalkObjective::next_batch(std::int64_t count, double each) const {
  if (backend_.chooses_without_clock()) {
    return batch_by_rule();
  }
  return std::clamp(static_cast<std::int64_t>(kBatchSeconds / std::max(each, 1e-9)),
                    std::int64_t{1}, std::min(2 * count, kMostBatched));
}

Evaluation WalkObjective::iterate(const Tensor& x, const Tensor& dx,
                                  const std::function<void()>& update) {
  if (!backend_.runs_ahead() || run_.probe != nullptr) {
    return Objective::iterate(x, dx, update);
  }
  EvaluationLog log(backend_, walk_.losses(), kMostBatched);
  const std::unique_ptr<Recording> iteration = backend_.record([&] {
    walk_.enqueue(x, dx);
    walk_.losses().visit_gradient(dx);
    log.append();
    update();
  });
  const Tensor candidate = good_[1];  // good once its own loss is known
  std::int64_t length = first_batch();
  while (true) {
    if (!is_finite(x)) {
      return {0, false, false};
    }
    backend_.copy(x, candidate);
    const double begin = seconds();
    const std::int64_t first = next_iteration();
    std::unique_ptr<PendingDownload> snapshot;
    std::int64_t wanted = snapshots_.next_from(first);
    if (wanted == first) {
      snapshot = backend_.download_later(x);
      wanted = snapshots_.next_from(first + 1);
    }
    // A batch ends before the next evaluation whose picture is wanted.
    const std::int64_t count = std::min({length, iterations_ - done_, wanted - first});
    for (std::int64_t n = 0; n < count; ++n) {
      iteration->replay();
    }
    if (snapshot) {
      snapshots_.deliver(first, snapshot->values());
    }
    const std::vector<LossValues> rows = log.take(count);
    const double each = (seconds() - begin) / static_cast<double>(count);
    if (rows.front().is_finite()) {
      remember_good(candidate);
    }
    if (!std::all_of(rows.begin(), rows.end(),
                     [](const LossValues& row) { return row.is_finite(); })) {
      return {rows.back().total(), false, false};
    }
    for (std::int64_t n = 0; n < count; ++n) {
      book(rows[static_cast<std::size_t>(n)], begin + each * static_cast<double>(n + 1));
    }
    if (tell_first_gradient_) {
      tell_first_gradient(scalar_.absolute_max(dx));
    }
    if (done_ >= iterations_ || run_.stopped) {
      return {rows.back().total(), true, true};
    }
    length = next_batch(count, each);
  }
}

}  // namespace impasto
