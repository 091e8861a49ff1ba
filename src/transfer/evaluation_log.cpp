#include "transfer/evaluation_log.hpp"

namespace impasto {

EvaluationLog::EvaluationLog(Backend& backend, const Losses& losses, std::int64_t capacity)
    : backend_(backend),
      losses_(losses),
      capacity_(capacity),
      rows_(backend),
      memory_(backend.allocate(static_cast<std::size_t>(capacity) * losses.slot_count() *
                               sizeof(double))),
      host_(static_cast<std::size_t>(capacity) * losses.slot_count()) {}

void EvaluationLog::append() {
  backend_.append(losses_.slots(), static_cast<std::int64_t>(losses_.slot_count()),
                  {reinterpret_cast<double*>(memory_->data())}, rows_.slot());
}

std::vector<LossValues> EvaluationLog::take(std::int64_t rows) {
  const std::size_t width = losses_.slot_count();
  const std::span<double> used(host_.data(), static_cast<std::size_t>(rows) * width);
  backend_.read_scalars({reinterpret_cast<double*>(memory_->data())}, used);
  rows_.set(0);
  std::vector<LossValues> values;
  values.reserve(static_cast<std::size_t>(rows));
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    values.push_back(losses_.values_of(used.subspan(row * width, width)));
  }
  return values;
}

}  // namespace impasto
