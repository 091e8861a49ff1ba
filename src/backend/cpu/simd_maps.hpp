// The CPU backend's loops over feature maps in explicit SIMD, compiled once per instruction set and
// chosen when the program starts. They do one thread's share; feature_operations.cpp and
// vector_operations.cpp cut the work. Outputs may be inputs where the operation in backend.hpp
// allows it. Formulas: src/backend/reference/.
#pragma once

#include <cstdint>

namespace impasto::cpu {

/// Two rows of pixels that pooling windows lie on, NHWC.
struct RowPair {
  const float* top = nullptr;
  const float* bottom = nullptr;
};

/// Vectors that add_multiples takes at a time.
constexpr std::size_t kMostTerms = 4;

struct SimdMaps {
  /// y = x < 0 ? 0 : x
  void (*relu)(const float* x, std::int64_t count, float* y) = nullptr;
  /// dx = y > 0 ? dy : 0
  void (*drelu)(const float* dy, const float* y, std::int64_t count, float* dx) = nullptr;
  /// One row of `windows` pooled pixels.
  void (*max_pool)(const RowPair& x, std::int64_t windows, std::int64_t channels,
                   float* y) = nullptr;
  void (*dmax_pool)(const float* dy, const RowPair& x, std::int64_t windows, std::int64_t channels,
                    float* dtop, float* dbottom) = nullptr;
  void (*average_pool)(const RowPair& x, std::int64_t windows, std::int64_t channels,
                       float* y) = nullptr;
  void (*daverage_pool)(const float* dy, std::int64_t windows, std::int64_t channels, float* dtop,
                        float* dbottom) = nullptr;
  /// Σ (a − b)²; gradient = or += factor · (a − b) unless it is null.
  double (*squared_difference)(const float* a, const float* b, std::int64_t count, float factor,
                               bool accumulate, float* gradient) = nullptr;
  /// Σ a b
  double (*dot)(const float* a, const float* b, std::int64_t count) = nullptr;
  /// Σ a b and Σ a c, to the bit what dot gives for each
  void (*dot_pair)(const float* a, const float* b, const float* c, std::int64_t count,
                   double* sums) = nullptr;
  /// sum += Σ c[k] x[k] for as many k as kMostTerms at most
  void (*add_multiples)(const double* c, const float* const* x, std::size_t terms,
                        std::int64_t count, double* sum) = nullptr;
};

/// The best that this machine runs.
const SimdMaps& simd_maps();

}  // namespace impasto::cpu
