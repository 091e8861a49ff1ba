#include "backend/cpu/simd_maps.hpp"

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/simd_maps.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::CappedTag<float, 16>;
using One = hn::CappedTag<float, 1>;
constexpr std::int64_t kLanes = hn::MaxLanes(Wide());

/// body(d, n) for n in [0, count), whole vectors first, then single elements.
template <typename Body>
HWY_INLINE void for_each_vector(std::int64_t count, const Body& body) {
  std::int64_t n = 0;
  for (; n + kLanes <= count; n += kLanes) {
    body(Wide(), n);
  }
  for (; n < count; ++n) {
    body(One(), n);
  }
}

struct Relu {
  const float* x;
  float* y;
  template <typename D>
  HWY_INLINE void operator()(D d, std::int64_t n) const {
    const auto value = hn::LoadU(d, x + n);
    // Not Max, which would turn a NaN into 0.
    hn::StoreU(hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value), d, y + n);
  }
};

struct Drelu {
  const float* dy;
  const float* y;
  float* dx;
  template <typename D>
  HWY_INLINE void operator()(D d, std::int64_t n) const {
    const auto kept = hn::Gt(hn::LoadU(d, y + n), hn::Zero(d));
    hn::StoreU(hn::IfThenElseZero(kept, hn::LoadU(d, dy + n)), d, dx + n);
  }
};

/// The larger; a NaN counts as largest.
template <typename V>
HWY_INLINE V larger(V a, V b) {
  return hn::IfThenElse(hn::Or(hn::Gt(b, a), hn::IsNaN(b)), b, a);
}

/// A window's four pixels, for one pooled pixel.
template <typename Pointer>
struct Window {
  Pointer at[4];
  Window(Pointer top, Pointer bottom, std::int64_t window, std::int64_t channels)
      : at{top + 2 * window * channels, top + (2 * window + 1) * channels,
           bottom + 2 * window * channels, bottom + (2 * window + 1) * channels} {}
};

struct MaxPool {
  Window<const float*> x;
  float* y;
  template <typename D>
  HWY_INLINE void operator()(D d, std::int64_t n) const {
    const auto top = larger(hn::LoadU(d, x.at[0] + n), hn::LoadU(d, x.at[1] + n));
    const auto bottom = larger(hn::LoadU(d, x.at[2] + n), hn::LoadU(d, x.at[3] + n));
    hn::StoreU(larger(top, bottom), d, y + n);
  }
};

struct DmaxPool {
  const float* dy;
  Window<const float*> x;
  Window<float*> dx;
  template <typename D>
  HWY_INLINE void operator()(D d, std::int64_t n) const {
    const auto a = hn::LoadU(d, x.at[0] + n);
    const auto b = hn::LoadU(d, x.at[1] + n);
    const auto c = hn::LoadU(d, x.at[2] + n);
    const auto e = hn::LoadU(d, x.at[3] + n);
    // The first maximum in row order takes the gradient.
    const auto is_a = hn::And(hn::Ge(a, b), hn::And(hn::Ge(a, c), hn::Ge(a, e)));
    const auto is_b = hn::And(hn::Ge(b, c), hn::Ge(b, e));
    const auto is_c = hn::Ge(c, e);
    const auto gradient = hn::LoadU(d, dy + n);
    const auto after_a = hn::IfThenZeroElse(is_a, gradient);
    const auto after_b = hn::IfThenZeroElse(is_b, after_a);
    hn::StoreU(hn::IfThenElseZero(is_a, gradient), d, dx.at[0] + n);
    hn::StoreU(hn::IfThenElseZero(is_b, after_a), d, dx.at[1] + n);
    hn::StoreU(hn::IfThenElseZero(is_c, after_b), d, dx.at[2] + n);
    hn::StoreU(hn::IfThenZeroElse(is_c, after_b), d, dx.at[3] + n);
  }
};

struct AveragePool {
  Window<const float*> x;
  float* y;
  template <typename D>
  HWY_INLINE void operator()(D d, std::int64_t n) const {
    const auto top = hn::Add(hn::LoadU(d, x.at[0] + n), hn::LoadU(d, x.at[1] + n));
    const auto bottom = hn::Add(hn::LoadU(d, x.at[2] + n), hn::LoadU(d, x.at[3] + n));
    hn::StoreU(hn::Mul(hn::Set(d, 0.25F), hn::Add(top, bottom)), d, y + n);
  }
};

struct DaveragePool {
  const float* dy;
  Window<float*> dx;
  template <typename D>
  HWY_INLINE void operator()(D d, std::int64_t n) const {
    const auto quarter = hn::Mul(hn::Set(d, 0.25F), hn::LoadU(d, dy + n));
    for (float* const to : dx.at) {
      hn::StoreU(quarter, d, to + n);
    }
  }
};

void relu(const float* x, std::int64_t count, float* y) {
  for_each_vector(count, Relu{x, y});
}

void drelu(const float* dy, const float* y, std::int64_t count, float* dx) {
  for_each_vector(count, Drelu{dy, y, dx});
}

void max_pool(const RowPair& x, std::int64_t windows, std::int64_t channels, float* y) {
  for (std::int64_t j = 0; j < windows; ++j) {
    for_each_vector(channels, MaxPool{{x.top, x.bottom, j, channels}, y + j * channels});
  }
}

void dmax_pool(const float* dy, const RowPair& x, std::int64_t windows, std::int64_t channels,
               float* dtop, float* dbottom) {
  for (std::int64_t j = 0; j < windows; ++j) {
    for_each_vector(
        channels,
        DmaxPool{dy + j * channels, {x.top, x.bottom, j, channels}, {dtop, dbottom, j, channels}});
  }
}

void average_pool(const RowPair& x, std::int64_t windows, std::int64_t channels, float* y) {
  for (std::int64_t j = 0; j < windows; ++j) {
    for_each_vector(channels, AveragePool{{x.top, x.bottom, j, channels}, y + j * channels});
  }
}

void daverage_pool(const float* dy, std::int64_t windows, std::int64_t channels, float* dtop,
                   float* dbottom) {
  for (std::int64_t j = 0; j < windows; ++j) {
    for_each_vector(channels, DaveragePool{dy + j * channels, {dtop, dbottom, j, channels}});
  }
}

// Sums are kept in double: half as many lanes.
using Half = hn::Rebind<float, hn::CappedTag<double, 8>>;
using Double = hn::CappedTag<double, 8>;
constexpr std::int64_t kHalf = hn::MaxLanes(Double());

double squared_difference(const float* a, const float* b, std::int64_t count, float factor,
                          bool accumulate, float* gradient) {
  const Half f;
  const Double d;
  auto sum = hn::Zero(d);
  std::int64_t n = 0;
  for (; n + kHalf <= count; n += kHalf) {
    const auto difference = hn::Sub(hn::LoadU(f, a + n), hn::LoadU(f, b + n));
    const auto wide = hn::PromoteTo(d, difference);
    sum = hn::MulAdd(wide, wide, sum);
    if (gradient != nullptr) {
      const auto pull = hn::Mul(hn::Set(f, factor), difference);
      hn::StoreU(accumulate ? hn::Add(hn::LoadU(f, gradient + n), pull) : pull, f, gradient + n);
    }
  }
  double total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; n < count; ++n) {
    const float difference = a[n] - b[n];
    total += static_cast<double>(difference) * static_cast<double>(difference);
    if (gradient != nullptr) {
      gradient[n] = (accumulate ? gradient[n] : 0.0F) + factor * difference;
    }
  }
  return total;
}

double dot(const float* a, const float* b, std::int64_t count) {
  const Half f;
  const Double d;
  auto first = hn::Zero(d);
  auto second = hn::Zero(d);
  std::int64_t n = 0;
  for (; n + 2 * kHalf <= count; n += 2 * kHalf) {
    first = hn::MulAdd(hn::PromoteTo(d, hn::LoadU(f, a + n)), hn::PromoteTo(d, hn::LoadU(f, b + n)),
                       first);
    second = hn::MulAdd(hn::PromoteTo(d, hn::LoadU(f, a + n + kHalf)),
                        hn::PromoteTo(d, hn::LoadU(f, b + n + kHalf)), second);
  }
  double total = hn::GetLane(hn::SumOfLanes(d, hn::Add(first, second)));
  for (; n < count; ++n) {
    total += static_cast<double>(a[n]) * static_cast<double>(b[n]);
  }
  return total;
}

void dot_pair(const float* a, const float* b, const float* c, std::int64_t count, double* sums) {
  const Half f;
  const Double d;
  auto first_b = hn::Zero(d);
  auto second_b = hn::Zero(d);
  auto first_c = hn::Zero(d);
  auto second_c = hn::Zero(d);
  std::int64_t n = 0;
  for (; n + 2 * kHalf <= count; n += 2 * kHalf) {
    const auto first_a = hn::PromoteTo(d, hn::LoadU(f, a + n));
    const auto second_a = hn::PromoteTo(d, hn::LoadU(f, a + n + kHalf));
    first_b = hn::MulAdd(first_a, hn::PromoteTo(d, hn::LoadU(f, b + n)), first_b);
    second_b = hn::MulAdd(second_a, hn::PromoteTo(d, hn::LoadU(f, b + n + kHalf)), second_b);
    first_c = hn::MulAdd(first_a, hn::PromoteTo(d, hn::LoadU(f, c + n)), first_c);
    second_c = hn::MulAdd(second_a, hn::PromoteTo(d, hn::LoadU(f, c + n + kHalf)), second_c);
  }
  sums[0] = hn::GetLane(hn::SumOfLanes(d, hn::Add(first_b, second_b)));
  sums[1] = hn::GetLane(hn::SumOfLanes(d, hn::Add(first_c, second_c)));
  for (; n < count; ++n) {
    sums[0] += static_cast<double>(a[n]) * static_cast<double>(b[n]);
    sums[1] += static_cast<double>(a[n]) * static_cast<double>(c[n]);
  }
}

template <std::size_t kTerms>
void add_terms(const double* c, const float* const* x, std::int64_t count, double* sum) {
  const Half f;
  const Double d;
  std::int64_t n = 0;
  for (; n + kHalf <= count; n += kHalf) {
    auto total = hn::LoadU(d, sum + n);
    for (std::size_t k = 0; k < kTerms; ++k) {
      total = hn::MulAdd(hn::Set(d, c[k]), hn::PromoteTo(d, hn::LoadU(f, x[k] + n)), total);
    }
    hn::StoreU(total, d, sum + n);
  }
  for (; n < count; ++n) {
    for (std::size_t k = 0; k < kTerms; ++k) {
      sum[n] += c[k] * static_cast<double>(x[k][n]);
    }
  }
}

void add_multiples(const double* c, const float* const* x, std::size_t terms, std::int64_t count,
                   double* sum) {
  switch (terms) {
    case 1:
      return add_terms<1>(c, x, count, sum);
    case 2:
      return add_terms<2>(c, x, count, sum);
    case 3:
      return add_terms<3>(c, x, count, sum);
    default:
      return add_terms<kMostTerms>(c, x, count, sum);
  }
}

SimdMaps maps() {
  return {&relu,         &drelu,         &max_pool,           &dmax_pool,
          &average_pool, &daverage_pool, &squared_difference, &dot,
          &dot_pair,     &add_multiples};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace impasto::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(maps);

}  // namespace

const SimdMaps& simd_maps() {
  static const SimdMaps best = HWY_DYNAMIC_DISPATCH(maps)();
  return best;
}

}  // namespace impasto::cpu
#endif
