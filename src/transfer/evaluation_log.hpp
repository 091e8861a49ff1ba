// Loss values of many evaluations, kept on the device until the host wants them.
#pragma once

#include <vector>

#include "losses/losses.hpp"
#include "optim/vectors.hpp"

namespace impasto {

class EvaluationLog {
 public:
  /// Throws DeviceError when there is not enough memory for `capacity` rows.
  EvaluationLog(Backend& backend, const Losses& losses, std::int64_t capacity);

  [[nodiscard]] std::int64_t capacity() const { return capacity_; }

  /// Enqueues: the losses' last values become the next row.
  void append();

  /// The first `rows` rows; the log is empty again. Waits.
  std::vector<LossValues> take(std::int64_t rows);

 private:
  Backend& backend_;
  const Losses& losses_;
  std::int64_t capacity_;
  DeviceScalar rows_;
  std::unique_ptr<Memory> memory_;
  std::vector<double> host_;
};

}  // namespace impasto
