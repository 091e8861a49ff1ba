#include "backend/cpu/vector_operations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/parallel.hpp"
#include "backend/cpu/simd_maps.hpp"
#include "backend/cpu/values.hpp"

namespace impasto::cpu {
double squared_difference(ThreadPool& pool, double c, const Tensor& f, const Tensor& p,
                          const Tensor& df, bool accumulate, std::vector<double>& partial) {
  const float* a = values(f);
  const float* b = values(p);
  float* gradient = values(df);
  const auto factor = static_cast<float>(2 * c);
  const double sum =
      sum_chunks(pool, f.elements(), partial, [&](std::int64_t begin, std::int64_t end) {
        return simd_maps().squared_difference(a + begin, b + begin, end - begin, factor, accumulate,
                                              gradient != nullptr ? gradient + begin : nullptr);
      });
  return c * sum;
}

double total_variation(ThreadPool& pool, double c, const Tensor& x, const Tensor& dx,
                       std::vector<double>& partial) {
  const std::int64_t height = x.shape.height;
  const std::int64_t width = x.shape.width;
  const std::int64_t rows = x.shape.channels * height;
  const auto factor = static_cast<float>(c);
  if (partial.size() < static_cast<std::size_t>(rows)) {
    partial.resize(static_cast<std::size_t>(rows));
  }
  // Each pixel gathers from its four neighbours, so rows are independent.
  for_each_index(pool, rows, [&](std::int64_t row) {
    const std::int64_t i = row % height;
    const float* here = values(x) + row * width;
    float* gradient = values(dx) + row * width;
    double squares = 0;
    for (std::int64_t j = 0; j < width; ++j) {
      float pull = 0;
      if (j + 1 < width) {
        const float right = here[j + 1] - here[j];
        squares += static_cast<double>(right) * static_cast<double>(right);
        pull -= right;
      }
      if (i + 1 < height) {
        const float down = here[j + width] - here[j];
        squares += static_cast<double>(down) * static_cast<double>(down);
        pull -= down;
      }
      if (j > 0) {
        pull += here[j] - here[j - 1];
      }
      if (i > 0) {
        pull += here[j] - here[j - width];
      }
      gradient[j] += factor * pull;
    }
    partial[static_cast<std::size_t>(row)] = squares;
  });
  double sum = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    sum += partial[static_cast<std::size_t>(row)];
  }
  return c / 2 * sum;
}

double dot(ThreadPool& pool, const Tensor& x, const Tensor& y, std::vector<double>& partial) {
  const float* a = values(x);
  const float* b = values(y);
  return sum_chunks(pool, x.elements(), partial, [&](std::int64_t begin, std::int64_t end) {
    return simd_maps().dot(a + begin, b + begin, end - begin);
  });
}

double absolute_sum(ThreadPool& pool, const Tensor& x, std::vector<double>& partial) {
  const float* a = values(x);
  return sum_chunks(pool, x.elements(), partial, [&](std::int64_t begin, std::int64_t end) {
    double sum = 0;
    for (std::int64_t n = begin; n < end; ++n) {
      sum += static_cast<double>(std::abs(a[n]));
    }
    return sum;
  });
}

double absolute_max(ThreadPool& pool, const Tensor& x, std::vector<double>& partial) {
  const float* a = values(x);
  // Any NaN makes the sum NaN, whatever the comparisons say.
  double largest = 0;
  const double sum =
      sum_chunks(pool, x.elements(), partial, [&](std::int64_t begin, std::int64_t end) {
        float chunk_largest = 0;
        bool not_a_number = false;
        for (std::int64_t n = begin; n < end; ++n) {
          chunk_largest = std::max(chunk_largest, std::abs(a[n]));
          not_a_number = not_a_number || a[n] != a[n];
        }
        return not_a_number ? std::numeric_limits<double>::quiet_NaN()
                            : static_cast<double>(chunk_largest);
      });
  for (std::int64_t chunk = 0; chunk < chunk_count(x.elements()); ++chunk) {
    largest = std::max(largest, partial[static_cast<std::size_t>(chunk)]);
  }
  return std::isnan(sum) ? sum : largest;
}

void scale(ThreadPool& pool, double a, const Tensor& y) {
  float* to = values(y);
  const auto factor = static_cast<float>(a);
  for_each_chunk(pool, y.elements(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      to[n] *= factor;
    }
  });
}

void axpy(ThreadPool& pool, double a, const Tensor& x, const Tensor& y) {
  const float* from = values(x);
  float* to = values(y);
  const auto factor = static_cast<float>(a);
  for_each_chunk(pool, y.elements(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      to[n] += factor * from[n];
    }
  });
}

void adam(ThreadPool& pool, const AdamStep& step, const Tensor& g, const Tensor& m, const Tensor& v,
          const Tensor& x, const PixelBounds* bounds) {
  const float* gradient = values(g);
  float* first = values(m);
  float* second = values(v);
  float* pixels = values(x);
  const auto beta1 = static_cast<float>(step.beta1);
  const auto beta2 = static_cast<float>(step.beta2);
  const auto rest1 = static_cast<float>(1 - step.beta1);
  const auto rest2 = static_cast<float>(1 - step.beta2);
  const auto epsilon = static_cast<float>(step.epsilon);
  const auto step_size = static_cast<float>(step.step_size);
  const auto correction = static_cast<float>(1 / std::sqrt(step.bias_correction2));
  for_each_chunk(pool, x.elements(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      first[n] = beta1 * first[n] + rest1 * gradient[n];
      second[n] = beta2 * second[n] + rest2 * gradient[n] * gradient[n];
      pixels[n] -= step_size * first[n] / (std::sqrt(second[n]) * correction + epsilon);
    }
  });
  if (bounds != nullptr) {
    clamp(pool, *bounds, x);
  }
}

void clamp(ThreadPool& pool, const PixelBounds& bounds, const Tensor& x) {
  const std::int64_t positions = x.shape.positions();
  for (std::int64_t channel = 0; channel < x.shape.channels; ++channel) {
    const auto low = static_cast<float>(bounds.low[channel]);
    const auto high = static_cast<float>(bounds.high[channel]);
    float* plane = values(x) + channel * positions;
    for_each_chunk(pool, positions, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        plane[n] = std::min(std::max(plane[n], low), high);
      }
    });
  }
}

}  // namespace impasto::cpu
