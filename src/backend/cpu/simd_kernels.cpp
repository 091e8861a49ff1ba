#include "backend/cpu/simd_kernels.hpp"

#include <cstring>
#include <utility>

// Scalable vectors have no length at compile time, which the register blocking needs; those
// machines also run NEON.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/simd_kernels.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::int64_t kLanes = hn::MaxLanes(D());
constexpr std::int64_t kPanel = 2 * kLanes;

// Accumulators of a product fill the registers but for two right operands and a broadcast: 14 × 2
// of 32, 6 × 2 of 16.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM
constexpr std::int64_t kRows = 14;
constexpr std::int64_t kCorrelationRows = kPanel % 8 == 0 ? 8 : 4;
#else
constexpr std::int64_t kRows = 6;
constexpr std::int64_t kCorrelationRows = 4;
#endif

HWY_INLINE V constant(double value) {
  return hn::Set(D(), static_cast<float>(value));
}

// ---- one-dimensional transforms; the two-dimensional ones apply them to columns, then to rows

/// F(4, 3) with the points 0, ±√2, ±1/√2, ∞.
struct Four {
  static constexpr int kOut = 4;
  static constexpr int kIn = 6;
  static constexpr double kP = 1.4142135623730951;
  static constexpr double kQ = 0.7071067811865476;

  static HWY_INLINE void filter(const V* g, V* u) {
    const V outer_p = hn::MulAdd(g[2], constant(kP), hn::Mul(g[0], constant(kQ)));
    const V outer_q = hn::MulAdd(g[2], constant(kQ), hn::Mul(g[0], constant(kP)));
    u[0] = g[0];
    u[1] = hn::Add(outer_p, g[1]);
    u[2] = hn::Sub(outer_p, g[1]);
    u[3] = hn::Add(outer_q, g[1]);
    u[4] = hn::Sub(outer_q, g[1]);
    u[5] = g[2];
  }
  static HWY_INLINE void input(const V* d, V* v) {
    const V even_p = hn::NegMulAdd(d[2], constant(0.5), d[4]);
    const V odd_p = hn::NegMulAdd(d[1], constant(0.5), d[3]);
    const V even_q = hn::NegMulAdd(d[2], constant(2), d[4]);
    const V odd_q = hn::NegMulAdd(d[1], constant(2), d[3]);
    v[0] = hn::NegMulAdd(d[2], constant(2.5), hn::Add(d[0], d[4]));
    v[1] = hn::MulAdd(odd_p, constant(kP), even_p);
    v[2] = hn::NegMulAdd(odd_p, constant(kP), even_p);
    v[3] = hn::MulAdd(odd_q, constant(kQ), even_q);
    v[4] = hn::NegMulAdd(odd_q, constant(kQ), even_q);
    v[5] = hn::NegMulAdd(d[3], constant(2.5), hn::Add(d[1], d[5]));
  }
  static HWY_INLINE void output(const V* m, V* y) {
    // The weights of the points ±p and ±q: |a| / M'(a).
    constexpr double kWp = kP / 6;
    constexpr double kWq = -kQ / 1.5;
    const V sum_p = hn::Add(m[1], m[2]);
    const V difference_p = hn::Sub(m[1], m[2]);
    const V sum_q = hn::Add(m[3], m[4]);
    const V difference_q = hn::Sub(m[3], m[4]);
    y[0] = hn::MulAdd(sum_p, constant(kWp), hn::MulAdd(sum_q, constant(kWq), m[0]));
    y[1] = hn::MulAdd(difference_p, constant(kWp * kP), hn::Mul(difference_q, constant(kWq * kQ)));
    y[2] = hn::MulAdd(sum_p, constant(kWp * 2), hn::Mul(sum_q, constant(kWq * 0.5)));
    y[3] = hn::MulAdd(difference_p, constant(kWp * 2 * kP),
                      hn::MulAdd(difference_q, constant(kWq * 0.5 * kQ), m[5]));
  }
};

/// F(6, 3) with the points 0, ±1, ±2, ±1/2, ∞. M'(0) = −1: row 0 of Bᵀ and its weight are both
/// negated.
struct Six {
  static constexpr int kOut = 6;
  static constexpr int kIn = 8;

  static HWY_INLINE void filter(const V* g, V* u) {
    const V outer_1 = hn::Add(g[0], g[2]);
    const V outer_2 = hn::MulAdd(g[2], constant(2), hn::Mul(g[0], constant(0.5)));
    const V outer_h = hn::MulAdd(g[0], constant(2), hn::Mul(g[2], constant(0.5)));
    u[0] = g[0];
    u[1] = hn::Add(outer_1, g[1]);
    u[2] = hn::Sub(outer_1, g[1]);
    u[3] = hn::Add(outer_2, g[1]);
    u[4] = hn::Sub(outer_2, g[1]);
    u[5] = hn::Add(outer_h, g[1]);
    u[6] = hn::Sub(outer_h, g[1]);
    u[7] = g[2];
  }
  static HWY_INLINE void input(const V* d, V* v) {
    const V even_1 = hn::NegMulAdd(d[4], constant(4.25), hn::Add(d[2], d[6]));
    const V odd_1 = hn::NegMulAdd(d[3], constant(4.25), hn::Add(d[1], d[5]));
    const V even_2 = hn::MulAdd(d[2], constant(0.25), hn::NegMulAdd(d[4], constant(1.25), d[6]));
    const V odd_2 = hn::MulAdd(d[1], constant(0.25), hn::NegMulAdd(d[3], constant(1.25), d[5]));
    const V even_h = hn::MulAdd(d[2], constant(4), hn::NegMulAdd(d[4], constant(5), d[6]));
    const V odd_h = hn::MulAdd(d[1], constant(4), hn::NegMulAdd(d[3], constant(5), d[5]));
    v[0] = hn::MulAdd(hn::Sub(d[4], d[2]), constant(5.25), hn::Sub(d[0], d[6]));
    v[1] = hn::Add(even_1, odd_1);
    v[2] = hn::Sub(even_1, odd_1);
    v[3] = hn::MulAdd(odd_2, constant(2), even_2);
    v[4] = hn::NegMulAdd(odd_2, constant(2), even_2);
    v[5] = hn::MulAdd(odd_h, constant(0.5), even_h);
    v[6] = hn::NegMulAdd(odd_h, constant(0.5), even_h);
    v[7] = hn::MulAdd(hn::Sub(d[3], d[5]), constant(5.25), hn::Sub(d[7], d[1]));
  }
  static HWY_INLINE void output(const V* m, V* y) {
    // The weights of the points ±1, ±2 and ±1/2: |a| / M'(a).
    constexpr double kW1 = -1 / 4.5;
    constexpr double kW2 = 2 / 90.0;
    constexpr double kWh = 0.5 / 1.40625;
    const V sum_1 = hn::Mul(hn::Add(m[1], m[2]), constant(kW1));
    const V difference_1 = hn::Mul(hn::Sub(m[1], m[2]), constant(kW1));
    const V sum_2 = hn::Add(m[3], m[4]);
    const V difference_2 = hn::Sub(m[3], m[4]);
    const V sum_h = hn::Add(m[5], m[6]);
    const V difference_h = hn::Sub(m[5], m[6]);
    y[0] = hn::MulAdd(sum_2, constant(kW2), hn::MulAdd(sum_h, constant(kWh), hn::Add(m[0], sum_1)));
    y[1] = hn::MulAdd(difference_2, constant(kW2 * 2),
                      hn::MulAdd(difference_h, constant(kWh / 2), difference_1));
    y[2] = hn::MulAdd(sum_2, constant(kW2 * 4), hn::MulAdd(sum_h, constant(kWh / 4), sum_1));
    y[3] = hn::MulAdd(difference_2, constant(kW2 * 8),
                      hn::MulAdd(difference_h, constant(kWh / 8), difference_1));
    y[4] = hn::MulAdd(sum_2, constant(kW2 * 16), hn::MulAdd(sum_h, constant(kWh / 16), sum_1));
    y[5] = hn::MulAdd(difference_2, constant(kW2 * 32),
                      hn::MulAdd(difference_h, constant(kWh / 32), hn::Add(m[7], difference_1)));
  }
};

// ---- two-dimensional transforms, one vector of channels at a time

template <typename Scheme>
void transform_filters(const float* w, std::int64_t channels, float* u, std::int64_t stride) {
  constexpr int kIn = Scheme::kIn;
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t k = 0; k < kPanel; k += kLanes) {
      const float* from = w + c * 9 * kPanel + k;
      float* to = u + c * kPanel + k;
      V half[3][kIn];
      for (int j = 0; j < 3; ++j) {
        const V column[3] = {hn::Load(D(), from + j * kPanel),
                             hn::Load(D(), from + (3 + j) * kPanel),
                             hn::Load(D(), from + (6 + j) * kPanel)};
        Scheme::filter(column, half[j]);
      }
      for (int i = 0; i < kIn; ++i) {
        const V row[3] = {half[0][i], half[1][i], half[2][i]};
        V done[kIn];
        Scheme::filter(row, done);
        for (int j = 0; j < kIn; ++j) {
          hn::Store(done[j], D(), to + (i * kIn + j) * stride);
        }
      }
    }
  }
}

template <typename Scheme, bool kMasked>
void transform_tile(const TileSource& tile, std::int64_t channels, std::int64_t rows, float* v,
                    std::int64_t stride) {
  constexpr int kIn = Scheme::kIn;
  for (std::int64_t c = 0; c < channels; c += kLanes) {
    V half[kIn][kIn];
    for (int j = 0; j < kIn; ++j) {
      V column[kIn];
      for (int i = 0; i < kIn; ++i) {
        column[i] = hn::LoadU(D(), tile.pixel[i * kIn + j] + c);
        if constexpr (kMasked) {
          const V mask = hn::LoadU(D(), tile.mask[i * kIn + j] + c);
          column[i] = hn::IfThenElseZero(hn::Gt(mask, hn::Zero(D())), column[i]);
        }
      }
      Scheme::input(column, half[j]);
    }
    float* to = v + (c / kChannelBlock) * rows * kChannelBlock + c % kChannelBlock;
    for (int i = 0; i < kIn; ++i) {
      V row[kIn];
      for (int j = 0; j < kIn; ++j) {
        row[j] = half[j][i];
      }
      V done[kIn];
      Scheme::input(row, done);
      for (int j = 0; j < kIn; ++j) {
        hn::Store(done[j], D(), to + (i * kIn + j) * stride);
      }
    }
  }
}

template <typename Scheme>
void transform_input(const TileSource& tile, std::int64_t channels, std::int64_t rows, float* v,
                     std::int64_t stride) {
  tile.masked ? transform_tile<Scheme, true>(tile, channels, rows, v, stride)
              : transform_tile<Scheme, false>(tile, channels, rows, v, stride);
}

template <typename Scheme>
void transform_output(const float* product, std::int64_t stride, std::int64_t channels,
                      const float* bias, bool relu, const TileTarget& tile) {
  constexpr int kIn = Scheme::kIn;
  constexpr int kOut = Scheme::kOut;
  const V zero = hn::Zero(D());
  for (std::int64_t k = 0; k < channels; k += kLanes) {
    V half[kIn][kOut];
    for (int j = 0; j < kIn; ++j) {
      V column[kIn];
      for (int i = 0; i < kIn; ++i) {
        column[i] = hn::Load(D(), product + (i * kIn + j) * stride + k);
      }
      Scheme::output(column, half[j]);
    }
    const V offset = bias != nullptr ? hn::LoadU(D(), bias + k) : zero;
    for (int i = 0; i < kOut; ++i) {
      V row[kIn];
      for (int j = 0; j < kIn; ++j) {
        row[j] = half[j][i];
      }
      V done[kOut];
      Scheme::output(row, done);
      for (int j = 0; j < kOut; ++j) {
        V y = hn::Add(done[j], offset);
        if (relu) {
          // Not Max, which would turn a NaN into 0.
          y = hn::IfThenZeroElse(hn::Lt(y, zero), y);
        }
        float* to = tile.pixel[i * kOut + j] + k;
        if (k + kLanes <= channels) {
          hn::StoreU(y, D(), to);
        } else {
          HWY_ALIGN float last[kLanes];
          hn::Store(y, D(), last);
          std::memcpy(to, last, static_cast<std::size_t>(channels - k) * sizeof(float));
        }
      }
    }
  }
}

// ---- matrix products

/// kCount rows and two columns of vectors stay in registers over the whole depth.
template <int kCount>
void multiply_rows(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t depth,
                   float* HWY_RESTRICT c, std::int64_t ldc, bool accumulate) {
  V sum[kCount][2];
#pragma GCC unroll 16
  for (int r = 0; r < kCount; ++r) {
    sum[r][0] = hn::Zero(D());
    sum[r][1] = hn::Zero(D());
  }
  for (std::int64_t block = 0; block < depth; block += kChannelBlock) {
    for (int q = 0; q < kChannelBlock; ++q) {
      const V first = hn::Load(D(), b);
      const V second = hn::Load(D(), b + kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < kCount; ++r) {
        const V left = hn::Set(D(), a[r * kChannelBlock + q]);
        sum[r][0] = hn::MulAdd(left, first, sum[r][0]);
        sum[r][1] = hn::MulAdd(left, second, sum[r][1]);
      }
      b += kPanel;
    }
    a += kCount * kChannelBlock;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kCount; ++r) {
#pragma GCC unroll 2
    for (int n = 0; n < 2; ++n) {
      float* to = c + r * ldc + n * kLanes;
      hn::StoreU(accumulate ? hn::Add(hn::LoadU(D(), to), sum[r][n]) : sum[r][n], D(), to);
    }
  }
}

using MultiplyRows = void (*)(const float*, const float*, std::int64_t, float*, std::int64_t, bool);

template <int... kCount>
MultiplyRows multiply_for(std::int64_t rows, std::integer_sequence<int, kCount...> /*counts*/) {
  static constexpr MultiplyRows kTable[] = {&multiply_rows<kCount + 1>...};
  return kTable[rows - 1];
}

void multiply(std::int64_t rows, const float* a, const float* b, std::int64_t depth, float* c,
              std::int64_t ldc, bool accumulate) {
  constexpr std::make_integer_sequence<int, static_cast<int>(kRows)> kCounts{};
  multiply_for(rows, kCounts)(a, b, depth, c, ldc, accumulate);
}

void correlate(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t depth,
               float* HWY_RESTRICT c, std::int64_t ldc, bool accumulate) {
  V sum[kCorrelationRows][2];
#pragma GCC unroll 8
  for (int r = 0; r < kCorrelationRows; ++r) {
    sum[r][0] = hn::Zero(D());
    sum[r][1] = hn::Zero(D());
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    const V first = hn::Load(D(), b);
    const V second = hn::Load(D(), b + kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kCorrelationRows; ++r) {
      const V left = hn::Set(D(), a[r]);
      sum[r][0] = hn::MulAdd(left, first, sum[r][0]);
      sum[r][1] = hn::MulAdd(left, second, sum[r][1]);
    }
    a += kPanel;
    b += kPanel;
  }
#pragma GCC unroll 8
  for (int r = 0; r < kCorrelationRows; ++r) {
#pragma GCC unroll 2
    for (int n = 0; n < 2; ++n) {
      float* to = c + r * ldc + n * kLanes;
      hn::StoreU(accumulate ? hn::Add(hn::LoadU(D(), to), sum[r][n]) : sum[r][n], D(), to);
    }
  }
}

SimdKernels kernels() {
  return {hwy::TargetName(HWY_TARGET),
          kLanes,
          kRows,
          kPanel,
          {&transform_filters<Four>, &transform_filters<Six>},
          {&transform_input<Four>, &transform_input<Six>},
          {&transform_output<Four>, &transform_output<Six>},
          &multiply,
          &correlate,
          kCorrelationRows};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace impasto::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(kernels);

}  // namespace

const SimdKernels& simd_kernels() {
  static const SimdKernels best = HWY_DYNAMIC_DISPATCH(kernels)();
  return best;
}

std::vector<SimdKernels> all_simd_kernels() {
  std::vector<SimdKernels> result;
  for (std::int64_t rest = hwy::SupportedTargets() & HWY_TARGETS; rest != 0; rest &= rest - 1) {
    hwy::SetSupportedTargetsForTest(rest & -rest);
    result.push_back(HWY_DYNAMIC_DISPATCH(kernels)());
  }
  hwy::SetSupportedTargetsForTest(0);
  return result;
}

}  // namespace impasto::cpu
#endif
