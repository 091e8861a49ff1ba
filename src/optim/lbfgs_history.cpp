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
