// How long a run will still take, from how long it took so far.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "impasto/transfer.hpp"
#include "transfer/sizes.hpp"

namespace impasto {

class TimeLeft {
 public:
  /// The scales of the run that follows. Without them every evaluation is taken to cost the same.
  void plan(const std::vector<Scale>& scales) { scales_ = scales; }

  /// An evaluation is done.
  void note(const TraceRow& row);

  /// Of the current scale's evaluations but the first, which includes setting up. Nothing while
  /// there is only that one.
  [[nodiscard]] std::optional<double> seconds_per_iteration() const;

  /// Until `planned` evaluations are done, setting up later scales not counted. Nothing while it
  /// cannot be known.
  [[nodiscard]] std::optional<double> seconds(std::int64_t planned) const;

 private:
  [[nodiscard]] double iterations_left(std::int64_t planned) const;

  std::vector<Scale> scales_;
  TraceRow first_;  ///< at the current scale
  TraceRow last_;
};

}  // namespace impasto
