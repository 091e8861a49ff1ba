#include "backend/cpu/gram.hpp"

#include <cblas.h>

#include <algorithm>
#include <cstring>

#include "backend/cpu/one_thread.hpp"
#include "backend/cpu/parallel.hpp"
#include "backend/cpu/simd_kernels.hpp"
#include "backend/cpu/values.hpp"
#include "backend/host_memory.hpp"

namespace impasto::cpu {
namespace {

/// Positions or channels that are summed in registers before they are added to memory. A panel of
/// as many rows fits in the first-level cache.
constexpr std::int64_t kDepth = 256;
/// Partial Gram matrices together take at most this many floats, and there are at most as many.
constexpr std::int64_t kPartialFloats = std::int64_t{1} << 21U;
constexpr std::int64_t kMostPartials = 64;
/// Positions that a thread takes at a time in dgram.
constexpr std::int64_t kPositions = 112;
/// The same for OpenBLAS, in both directions.
constexpr std::int64_t kBlasPositions = 4096;

/// Whether our own products take n channels; the others, of small networks, go to OpenBLAS.
bool takes(std::int64_t n) {
  return n % simd_kernels().panel == 0 && n % kChannelBlock == 0;
}

/// count rows of n channels as panels, (count × panel) each.
void arrange_panels(const float* from, std::int64_t count, std::int64_t n, float* to) {
  const std::int64_t panel = simd_kernels().panel;
  for (std::int64_t p = 0; p < n / panel; ++p) {
    for (std::int64_t row = 0; row < count; ++row) {
      std::memcpy(to + (p * count + row) * panel, from + row * n + p * panel,
                  static_cast<std::size_t>(panel) * sizeof(float));
    }
  }
}

/// panels = c times a matrix of n rows and columns.
void arrange_factor(ThreadPool& pool, double c, const float* from, std::int64_t n, float* panels) {
  const std::int64_t panel = simd_kernels().panel;
  const auto factor = static_cast<float>(c);
  for_each_index(pool, n / panel, [&](std::int64_t p) {
    for (std::int64_t row = 0; row < n; ++row) {
      const float* const source = from + row * n + p * panel;
      float* const target = panels + (p * n + row) * panel;
      for (std::int64_t k = 0; k < panel; ++k) {
        target[k] = factor * source[k];
      }
    }
  });
}

/// The panels of F Fᵀ on and above the diagonal, = or +=, for `count` positions arranged in panels.
void add_upper_panels(const float* panels, std::int64_t count, std::int64_t n, float* g,
                      bool accumulate) {
  const SimdKernels& kernels = simd_kernels();
  for (std::int64_t column = 0; column < n; column += kernels.panel) {
    for (std::int64_t row = 0; row < column + kernels.panel; row += kernels.correlation_rows) {
      const float* left =
          panels + row / kernels.panel * kernels.panel * count + row % kernels.panel;
      kernels.correlate(left, panels + column * count, count, g + row * n + column, n, accumulate);
    }
  }
}

/// The upper triangle of F Fᵀ = for `count` positions. NHWC: the memory is Fᵀ, rows of n channels.
void gram_by_blas(const float* f, std::int64_t count, std::int64_t n, float* g) {
  const OneThread one_thread;
  const auto channels = static_cast<int>(n);
  cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, channels, static_cast<int>(count), 1.0F, f,
              channels, 0.0F, g, channels);
}

void dgram_by_blas(ThreadPool& pool, double c, const Tensor& d, const Tensor& f, const Tensor& df,
                   bool accumulate) {
  const auto n = static_cast<int>(f.shape.channels);
  const std::int64_t m = f.shape.positions();
  pool.for_each(divide_up(m, kBlasPositions), [&](std::int64_t block, int /*thread*/) {
    const OneThread one_thread;
    const std::int64_t first = block * kBlasPositions;
    const auto count = static_cast<int>(std::min(kBlasPositions, m - first));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, count, n, n, static_cast<float>(c),
                values(f) + first * n, n, values(d), n, accumulate ? 1.0F : 0.0F,
                values(df) + first * n, n);
  });
}

/// g's upper triangle = c · Σ over `count` partial matrices, in order.
void sum_partials(ThreadPool& pool, double c, const float* partials, std::int64_t count,
                  std::int64_t n, float* g) {
  for_each_index(pool, n, [&](std::int64_t row) {
    for (std::int64_t column = row; column < n; ++column) {
      double sum = 0;
      for (std::int64_t p = 0; p < count; ++p) {
        sum += static_cast<double>(partials[(p * n + row) * n + column]);
      }
      g[row * n + column] = static_cast<float>(c * sum);
    }
  });
}

void mirror(std::int64_t n, float* g) {
  for (std::int64_t row = 1; row < n; ++row) {
    for (std::int64_t column = 0; column < row; ++column) {
      g[row * n + column] = g[column * n + row];
    }
  }
}

}  // namespace

float* ProductMemory::floats(std::int64_t count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  if (!memory_ || memory_->bytes() < bytes) {
    memory_.reset();
    memory_ = allocate_host_memory(bytes);
  }
  return reinterpret_cast<float*>(memory_->data());
}

void gram(ThreadPool& pool, double c, const Tensor& f, const Tensor& g, ProductMemory& memory) {
  const std::int64_t n = f.shape.channels;
  const std::int64_t m = f.shape.positions();
  const bool own_products = takes(n);
  const std::int64_t most =
      std::max<std::int64_t>(1, std::min(kMostPartials, kPartialFloats / (n * n)));
  const std::int64_t step = own_products ? kDepth : kBlasPositions;
  const std::int64_t steps = divide_up(m, step);
  const std::int64_t positions_each = divide_up(steps, std::min(most, steps)) * step;
  const std::int64_t partials = divide_up(m, positions_each);
  float* const sums = memory.floats(partials * n * n + pool.threads() * kDepth * n);
  float* const panels = sums + partials * n * n;
  pool.for_each(partials, [&](std::int64_t p, int thread) {
    const std::int64_t first = p * positions_each;
    const std::int64_t end = std::min(m, first + positions_each);
    if (!own_products) {
      gram_by_blas(values(f) + first * n, end - first, n, sums + p * n * n);
      return;
    }
    float* const own = panels + thread * kDepth * n;
    for (std::int64_t k = first; k < end; k += kDepth) {
      const std::int64_t count = std::min(kDepth, end - k);
      arrange_panels(values(f) + k * n, count, n, own);
      add_upper_panels(own, count, n, sums + p * n * n, k > first);
    }
  });
  sum_partials(pool, c, sums, partials, n, values(g));
  mirror(n, values(g));
}

void dgram(ThreadPool& pool, double c, const Tensor& d, const Tensor& f, const Tensor& df,
           bool accumulate, ProductMemory& memory) {
  const std::int64_t n = f.shape.channels;
  const std::int64_t m = f.shape.positions();
  if (!takes(n)) {
    dgram_by_blas(pool, c, d, f, df, accumulate);
    return;
  }
  // (D F)ᵀ = Fᵀ D for symmetric D.
  const SimdKernels& kernels = simd_kernels();
  float* const right = memory.floats(n * n + pool.threads() * kPositions * n);
  arrange_factor(pool, c, values(d), n, right);
  // Few positions are taken by halves, so that all threads have some.
  const std::int64_t step = m < 16 * kPositions ? kPositions / 2 : kPositions;
  pool.for_each(divide_up(m, step), [&](std::int64_t block, int thread) {
    float* const own = right + n * n + thread * kPositions * n;
    const std::int64_t first = block * step;
    const std::int64_t count = std::min(step, m - first);
    const std::int64_t groups = divide_up(count, kernels.rows);
    const std::int64_t rows = divide_up(count, groups);
    for (std::int64_t row = 0; row < count; ++row) {
      const float* from = values(f) + (first + row) * n;
      float* to = own + row / rows * rows * n;
      const std::int64_t height = std::min(rows, count - row / rows * rows);
      for (std::int64_t k = 0; k < n; k += kChannelBlock) {
        std::memcpy(to + k * height + row % rows * kChannelBlock, from + k,
                    kChannelBlock * sizeof(float));
      }
    }
    for (std::int64_t k = 0; k < n; k += kDepth) {
      for (std::int64_t column = 0; column < n; column += kernels.panel) {
        for (std::int64_t row = 0; row < count; row += rows) {
          const std::int64_t height = std::min(rows, count - row);
          kernels.multiply(height, own + row * n + k * height,
                           right + column * n + k * kernels.panel, std::min(kDepth, n - k),
                           values(df) + (first + row) * n + column, n, accumulate || k > 0);
        }
      }
    }
  });
}

}  // namespace impasto::cpu
