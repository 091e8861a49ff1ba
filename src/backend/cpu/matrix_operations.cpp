#include "backend/cpu/matrix_operations.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "backend/cpu/one_thread.hpp"
#include "backend/cpu/parallel.hpp"
#include "backend/cpu/values.hpp"

namespace impasto::cpu {
namespace {

/// Positions of a feature map that a thread takes at a time.
constexpr std::int64_t kMapPositions = 2048;

double trace(const Tensor& x) {
  double sum = 0;
  for (std::int64_t n = 0; n < x.shape.height; ++n) {
    sum += static_cast<double>(values(x)[n * x.shape.width + n]);
  }
  return sum;
}

}  // namespace

void channel_means(ThreadPool& pool, const Tensor& f, const Tensor& mean,
                   std::vector<double>& partial) {
  const std::int64_t channels = f.shape.channels;
  const std::int64_t positions = f.shape.positions();
  const std::int64_t blocks = divide_up(positions, kMapPositions);
  partial.resize(std::max(partial.size(), static_cast<std::size_t>(blocks * channels)));
  for_each_index(pool, blocks, [&](std::int64_t block) {
    double* const sums = partial.data() + block * channels;
    std::fill_n(sums, channels, 0.0);
    const std::int64_t end = std::min(positions, (block + 1) * kMapPositions);
    for (std::int64_t m = block * kMapPositions; m < end; ++m) {
      const float* const values_here = values(f) + m * channels;
      for (std::int64_t c = 0; c < channels; ++c) {
        sums[c] += static_cast<double>(values_here[c]);
      }
    }
  });
  for (std::int64_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (std::int64_t block = 0; block < blocks; ++block) {
      sum += partial[static_cast<std::size_t>(block * channels + c)];
    }
    values(mean)[c] = static_cast<float>(sum / static_cast<double>(positions));
  }
}

void add_to_channels(ThreadPool& pool, double a, const Tensor& channel_values, const Tensor& df) {
  const std::int64_t channels = df.shape.channels;
  const std::int64_t positions = df.shape.positions();
  const auto factor = static_cast<float>(a);
  for_each_index(pool, divide_up(positions, kMapPositions), [&](std::int64_t block) {
    const std::int64_t end = std::min(positions, (block + 1) * kMapPositions);
    for (std::int64_t m = block * kMapPositions; m < end; ++m) {
      float* const gradient = values(df) + m * channels;
      for (std::int64_t c = 0; c < channels; ++c) {
        gradient[c] += factor * values(channel_values)[c];
      }
    }
  });
}

void multiply(ThreadPool& pool, double a, const Tensor& x, const Tensor& y, const Tensor& z,
              bool accumulate, ProductMemory& memory) {
  const auto inner = static_cast<int>(x.shape.width);
  const auto columns = static_cast<int>(z.shape.width);
  const auto rows = static_cast<int>(z.shape.height);
  if (inner == columns) {
    // dgram multiplies rows of a feature map by a matrix of that many channels.
    const auto as_map = [&](const Tensor& matrix) {
      return Tensor{matrix.data, {inner, rows, 1}, matrix.type, Layout::kFeature};
    };
    dgram(pool, a, y, as_map(x), as_map(z), accumulate, memory);
    return;
  }
  const OneThread one_thread;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, inner,
              static_cast<float>(a), values(x), inner, values(y), columns, accumulate ? 1.0F : 0.0F,
              values(z), columns);
}

void divide_by_norm(ThreadPool& pool, const Tensor& x, double squares, const Tensor& y) {
  const float factor = squares > 0 ? static_cast<float>(1 / std::sqrt(squares)) : 0.0F;
  for_each_chunk(pool, x.elements(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      values(y)[n] = factor * values(x)[n];
    }
  });
}

double bures_distance(ThreadPool& pool, double c, const Tensor& s, double squares, double product,
                      const Tensor& x, const Tensor& y, const Tensor& d, const Tensor& dc) {
  const double root = std::sqrt(std::sqrt(squares));
  const double trace_y = trace(y);
  const auto of_d = static_cast<float>(squares > 0 ? -2 * c / root : 0);
  const auto of_x = static_cast<float>(trace_y / 2 - product) * of_d;
  for_each_chunk(pool, x.elements(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      values(dc)[n] = of_d * values(d)[n] + of_x * values(x)[n];
    }
  });
  return c * (trace(s) - 2 * root * trace_y);
}

}  // namespace impasto::cpu
