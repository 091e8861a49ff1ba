#include "optim/lbfgs_history.hpp"

#include <algorithm>

namespace impasto {
namespace {

/// One vector's dot products with g and with the next y.
struct Row {
  double with_g = 0;
  double with_y = 0;
};

Row row_of(std::span<const double> products, std::size_t n) {
  return {products[2 * n], products[2 * n + 1]};
}

// Rows of list_vectors.
constexpr std::size_t kG = 0;
constexpr std::size_t kNextS = 1;
constexpr std::size_t kNextY = 2;
constexpr std::size_t s_row(std::size_t age) {
  return 3 + 2 * age;
}
constexpr std::size_t y_row(std::size_t age) {
  return 4 + 2 * age;
}

}  // namespace

LbfgsHistory::LbfgsHistory(Backend& backend, const Shape& shape, std::size_t capacity)
    : backend_(backend),
      capacity_(capacity),
      slots_(capacity + 1),
      vectors_(backend, shape, 2 * (capacity + 1)),
      sg_(slots_),
      yg_(slots_),
      sy_(slots_ * slots_),
      yy_(slots_ * slots_),
      alpha_(capacity),
      rest_(capacity) {
  list_.reserve(most_vectors());
  multiples_.reserve(most_vectors());
}

void LbfgsHistory::list_vectors(const Tensor& g, std::vector<Tensor>& list) const {
  list.insert(list.end(), {g, next_s(), next_y()});
  for (std::size_t age = 0; age < count_; ++age) {
    list.insert(list.end(), {vectors_[2 * slot(age)], vectors_[2 * slot(age) + 1]});
  }
}

void LbfgsHistory::meet(std::span<const double> products) {
  gg_ = row_of(products, kG).with_g;
  for (std::size_t age = 0; age < count_; ++age) {
    sg_[slot(age)] = row_of(products, s_row(age)).with_g;
    yg_[slot(age)] = row_of(products, y_row(age)).with_g;
  }
}

void LbfgsHistory::keep(std::span<const double> products, double least) {
  meet(products);
  const Row s = row_of(products, kNextS);
  const Row y = row_of(products, kNextY);
  if (!(s.with_y > least)) {
    return;
  }
  sg_[next_] = s.with_g;
  yg_[next_] = y.with_g;
  sy_[next_ * slots_ + next_] = s.with_y;
  yy_[next_ * slots_ + next_] = y.with_y;
  for (std::size_t age = 0; age < count_; ++age) {
    const std::size_t old = slot(age);
    sy_[old * slots_ + next_] = row_of(products, s_row(age)).with_y;
    yy_[old * slots_ + next_] = row_of(products, y_row(age)).with_y;
    yy_[next_ * slots_ + old] = yy_[old * slots_ + next_];
  }
  next_ = (next_ + 1) % slots_;
  count_ = std::min(count_ + 1, capacity_);
}

void LbfgsHistory::recur() {
  gamma_ = empty() ? 1 : sy(0, 0) / yy(0, 0);
  // d = −g; newest to oldest: α = sᵀd / yᵀs, d ← d − α y.
  for (std::size_t age = 0; age < count_; ++age) {
    double sd = -sg(age);
    for (std::size_t newer = 0; newer < age; ++newer) {
      sd -= alpha_[newer] * sy(age, newer);
    }
    alpha_[age] = sd / sy(age, age);
  }
  // d ← γ d; oldest to newest: β = yᵀd / yᵀs, d ← d + (α − β) s.
  for (std::size_t age = count_; age-- > 0;) {
    double yd = -yg(age);
    for (std::size_t other = 0; other < count_; ++other) {
      yd -= alpha_[other] * yy(age, other);
    }
    yd *= gamma_;
    for (std::size_t older = age + 1; older < count_; ++older) {
      yd += rest_[older] * sy(older, age);
    }
    rest_[age] = alpha_[age] - yd / sy(age, age);
  }
}

double LbfgsHistory::direction(const Tensor& g, const Tensor& d) {
  recur();
  list_.assign({g});
  multiples_.assign({-gamma_});
  double gd = -gamma_ * gg_;
  for (std::size_t age = 0; age < count_; ++age) {
    const double on_y = -gamma_ * alpha_[age];
    list_.insert(list_.end(), {vectors_[2 * slot(age)], vectors_[2 * slot(age) + 1]});
    multiples_.insert(multiples_.end(), {rest_[age], on_y});
    gd += rest_[age] * sg(age) + on_y * yg(age);
  }
  backend_.combine(multiples_, list_, d);
  return gd;
}

std::vector<std::vector<float>> LbfgsHistory::pairs() const {
  std::vector<std::vector<float>> pairs;
  for (std::size_t age = count_; age-- > 0;) {
    pairs.push_back(download_vector(backend_, vectors_[2 * slot(age)]));
    pairs.push_back(download_vector(backend_, vectors_[2 * slot(age) + 1]));
  }
  return pairs;
}

}  // namespace impasto
