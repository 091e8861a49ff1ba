// The function that the optimiser minimises: forward through the network, losses, backward to the
// pixels.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "impasto/transfer.hpp"
#include "losses/losses.hpp"
#include "network/network.hpp"
#include "optim/optimizer.hpp"
#include "optim/vectors.hpp"

namespace impasto {

/// Loss and gradient at `picture`: one walk forward and backward. dpicture =.
class LossWalk {
 public:
  LossWalk(Network& network, Losses& losses);
  LossValues evaluate(const Tensor& picture, const Tensor& dpicture);
  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] Losses& losses() { return losses_; }

 private:
  Network& network_;
  Losses& losses_;
  TapVisitor visit_;
};

/// How a run is going, over all its scales.
struct RunState {
  std::int64_t planned = 0;  ///< evaluations over all scales
  std::vector<TraceRow> trace;
  bool stopped = false;  ///< the observer asked to stop
  std::chrono::steady_clock::time_point start;
};

/// LossWalk as an Objective with everything around it: trace, observer, budget, and the last
/// picture known to be good.
class WalkObjective final : public Objective {
 public:
  /// Allows `iterations` evaluations at scale number `scale`. `on_snapshot` may be empty.
  WalkObjective(Backend& backend, LossWalk& walk, const Shape& shape, std::int64_t iterations,
                std::int64_t scale, RunState& run, TransferObserver& observer,
                std::function<void(std::int64_t, const Tensor&)> on_snapshot);

  /// A not-finite evaluation is neither counted nor traced: it will be tried again.
  Evaluation evaluate(const Tensor& x, const Tensor& dx) override;

  /// The last picture whose loss and gradient were finite; before any, what remember_good was
  /// given.
  [[nodiscard]] Tensor good() const { return good_[0]; }
  void remember_good(const Tensor& x) { backend_.copy(x, good()); }
  [[nodiscard]] bool is_finite(const Tensor& x);
  /// Finite evaluations so far.
  [[nodiscard]] std::int64_t evaluations() const { return done_; }

 private:
  Backend& backend_;
  LossWalk& walk_;
  std::int64_t iterations_;
  std::int64_t scale_;
  RunState& run_;
  TransferObserver& observer_;
  std::function<void(std::int64_t, const Tensor&)> on_snapshot_;
  Vectors good_;
  HostScalar scalar_;
  std::int64_t done_ = 0;
};

}  // namespace impasto
