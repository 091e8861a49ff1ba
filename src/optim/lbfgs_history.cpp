#include "optim/lbfgs_history.hpp"

#include <algorithm>

namespace impasto {

LbfgsHistory::LbfgsHistory(Backend& backend, const Shape& shape, std::size_t capacity)
    : backend_(backend),
      capacity_(capacity),
      slots_(capacity + 1),
      vectors_(backend, shape, 2 * (capacity + 1)),
      scalar_(backend),
      rho_(capacity + 1),
      alpha_(capacity) {}

void LbfgsHistory::keep(double least) {
  const double curvature = scalar_.dot(next_y(), next_s());
  if (!(curvature > least)) {
    return;
  }
  rho_[next_] = 1 / curvature;
  h0_ = curvature / scalar_.dot(next_y(), next_y());
  next_ = (next_ + 1) % slots_;
  count_ = std::min(count_ + 1, capacity_);
}

std::vector<std::vector<float>> LbfgsHistory::pairs() const {
  std::vector<std::vector<float>> pairs;
  for (std::size_t age = count_; age-- > 0;) {
    pairs.push_back(download_vector(backend_, vectors_[2 * slot(age)]));
    pairs.push_back(download_vector(backend_, vectors_[2 * slot(age) + 1]));
  }
  return pairs;
}

void LbfgsHistory::restore(const std::vector<std::vector<float>>& pairs) {
  clear();
  for (std::size_t n = 0; n + 1 < pairs.size(); n += 2) {
    upload_vector(backend_, pairs[n], next_s());
    upload_vector(backend_, pairs[n + 1], next_y());
    keep(0);
  }
}

void LbfgsHistory::direction(const Tensor& g, const Tensor& d) {
  backend_.copy(g, d);
  backend_.scale(-1, d);
  if (empty()) {
    return;
  }
  for (std::size_t age = 0; age < count_; ++age) {
    const std::size_t n = slot(age);
    alpha_[age] = rho_[n] * scalar_.dot(vectors_[2 * n], d);
    backend_.axpy(-alpha_[age], vectors_[2 * n + 1], d);
  }
  backend_.scale(h0_, d);
  for (std::size_t age = count_; age-- > 0;) {
    const std::size_t n = slot(age);
    const double beta = rho_[n] * scalar_.dot(vectors_[2 * n + 1], d);
    backend_.axpy(alpha_[age] - beta, vectors_[2 * n], d);
  }
}

}  // namespace impasto
