// The function that the optimiser minimises: forward through the network, losses, backward to the
// pixels.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "impasto/transfer.hpp"
#include "optim/optimizer.hpp"
#include "optim/vectors.hpp"
#include "transfer/evaluation_log.hpp"
#include "transfer/run_probe.hpp"
#include "transfer/scale_walk.hpp"

namespace impasto {

/// How a run is going, over all its scales.
struct RunState {
  std::int64_t planned = 0;  ///< evaluations over all scales
  std::vector<TraceRow> trace;
  bool stopped = false;  ///< the observer asked to stop
  std::chrono::steady_clock::time_point start;
  RunProbe* probe = nullptr;  ///< looks at every evaluation; none: nobody does
};

/// What to do with the pictures that some evaluations see.
struct Snapshots {
  std::int64_t every = 0;        ///< every so many evaluations; 0 = none
  std::vector<std::int64_t> at;  ///< and at these
  std::function<void(std::int64_t iteration, const std::vector<float>& values)> deliver;

  /// The first wanted evaluation from `iteration` on; a very large number without any.
  [[nodiscard]] std::int64_t next_from(std::int64_t iteration) const;
};

/// ScaleWalk as an Objective with everything around it: trace, observer, budget, and the last
/// picture known to be good.
class WalkObjective final : public Objective {
 public:
  /// Allows `iterations` evaluations at scale number `scale`. The losses' weights are fixed from
  /// here on: evaluations are recorded.
  WalkObjective(Backend& backend, ScaleWalk& walk, const Shape& shape, std::int64_t iterations,
                std::int64_t scale, RunState& run, TransferObserver& observer, Snapshots snapshots);

  /// A not-finite evaluation is neither counted nor traced: it will be tried again.
  /// Waits for the device once, unless the picture is wanted too.
  Evaluation evaluate(const Tensor& x, const Tensor& dx, Questions* questions) override;

  /// On a device that runs ahead, unless a probe looks at every evaluation, iterations are enqueued
  /// in batches of about 50 ms (of a fixed number where the backend chooses without a clock), and
  /// the host looks at the values of a whole batch at a time. A
  /// batch with a value that is not finite counts for nothing: good() is the picture that it began
  /// with, or that the one before began with.
  Evaluation iterate(const Tensor& x, const Tensor& dx,
                     const std::function<void()>& update) override;

  /// The last picture whose loss and gradient were finite; before any, what remember_good was
  /// given.
  [[nodiscard]] Tensor good() const { return good_[0]; }
  void remember_good(const Tensor& x) { backend_.copy(x, good()); }
  [[nodiscard]] bool is_finite(const Tensor& x);
  /// Calls back after the first finite evaluation with the largest |∂L/∂pixel|.
  void on_first_gradient(std::function<void(double largest)> tell) {
    tell_first_gradient_ = std::move(tell);
  }
  /// Finite evaluations so far.
  [[nodiscard]] std::int64_t evaluations() const { return done_; }

 private:
  /// An evaluation at fixed places, ready to be enqueued again.
  struct RecordedWalk {
    const void* x;
    const void* dx;
    std::unique_ptr<Recording> recording;
  };

  /// The walk, and what tells whether its gradient and its picture are finite.
  void enqueue(const Tensor& x, const Tensor& dx);
  Recording& recorded_walk(const Tensor& x, const Tensor& dx);
  LossValues read_values(Questions* questions);
  [[nodiscard]] std::int64_t batch_by_rule() const;
  [[nodiscard]] std::int64_t first_batch() const;
  [[nodiscard]] std::int64_t next_batch(std::int64_t count, double each) const;
  void book(const LossValues& values, double seconds);
  void tell_first_gradient(double largest);
  [[nodiscard]] double seconds() const;
  /// The number that the next evaluation will get.
  [[nodiscard]] std::int64_t next_iteration() const {
    return static_cast<std::int64_t>(run_.trace.size()) + 1;
  }

  Backend& backend_;
  ScaleWalk& walk_;
  std::int64_t iterations_;
  std::int64_t scale_;
  RunState& run_;
  TransferObserver& observer_;
  Snapshots snapshots_;
  Vectors good_;
  HostScalar scalar_;
  DeviceScalar largest_pixel_;
  double host_largest_pixel_ = 0;
  std::vector<double> host_slots_;  // of the losses
  std::vector<RecordedWalk> walks_;
  std::function<void(double)> tell_first_gradient_;
  std::int64_t done_ = 0;
};

}  // namespace impasto
