#include "backend/cpu/vector_operations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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

namespace {

/// Vectors whose products are made in one go over the elements.
constexpr std::size_t kDotsAtOnce = 16;

/// Running results side by side, so that none waits for the one before.
constexpr std::int64_t kLanes = 16;

/// dots for at most kDotsAtOnce vectors x.
void some_dots(ThreadPool& pool, std::span<const Tensor> x, std::span<const Tensor> y,
               double* results, std::vector<double>& partial) {
  const std::int64_t count = y.front().elements();
  const std::int64_t chunks = chunk_count(count);
  const std::size_t pairs = x.size() * y.size();
  for_each_index(pool, chunks, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * kChunk;
    const std::int64_t length = std::min(count - begin, kChunk);
    double* sums = partial.data() + static_cast<std::size_t>(chunk) * pairs;
    for (const Tensor& left : x) {
      const float* a = values(left) + begin;
      const float* b = values(y.front()) + begin;
      if (y.size() == 2) {
        simd_maps().dot_pair(a, b, values(y.back()) + begin, length, sums);
      } else {
        *sums = simd_maps().dot(a, b, length);
      }
      sums += y.size();
    }
  });
  std::fill_n(results, pairs, 0.0);
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    const double* sums = partial.data() + static_cast<std::size_t>(chunk) * pairs;
    for (std::size_t pair = 0; pair < pairs; ++pair) {
      results[pair] += sums[pair];
    }
  }
}

}  // namespace

void dots(ThreadPool& pool, std::span<const Tensor> x, std::span<const Tensor> y, double* results,
          std::vector<double>& partial) {
  const auto chunks = static_cast<std::size_t>(chunk_count(y.front().elements()));
  const std::size_t most = chunks * kDotsAtOnce * 2;
  if (partial.size() < most) {
    partial.resize(most);
  }
  for (std::size_t n = 0; n < x.size(); n += kDotsAtOnce) {
    some_dots(pool, x.subspan(n, std::min(kDotsAtOnce, x.size() - n)), y, results + n * y.size(),
              partial);
  }
}

void combine(ThreadPool& pool, std::span<const double> c, std::span<const Tensor> x,
             const Tensor& y) {
  constexpr std::int64_t kPiece = 2048;  // its sums stay in the first-level cache
  float* to = values(y);
  for_each_index(pool, (y.elements() + kPiece - 1) / kPiece, [&](std::int64_t piece) {
    const std::int64_t begin = piece * kPiece;
    const std::int64_t length = std::min(y.elements() - begin, kPiece);
    double sum[kPiece] = {};
    for (std::size_t term = 0; term < x.size(); term += kMostTerms) {
      const std::size_t terms = std::min(kMostTerms, x.size() - term);
      const float* from[kMostTerms] = {};
      std::transform(&x[term], &x[term] + terms, from,
                     [&](const Tensor& vector) { return values(vector) + begin; });
      simd_maps().add_multiples(&c[term], from, terms, length, sum);
    }
    std::transform(sum, sum + length, to + begin,
                   [](double value) { return static_cast<float>(value); });
  });
}

double absolute_sum(ThreadPool& pool, const Tensor& x, std::vector<double>& partial) {
  const float* a = values(x);
  return sum_chunks(pool, x.elements(), partial, [&](std::int64_t begin, std::int64_t end) {
    double sums[kLanes] = {};
    std::int64_t n = begin;
    for (; n + kLanes <= end; n += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        sums[lane] += static_cast<double>(std::abs(a[n + lane]));
      }
    }
    for (; n < end; ++n) {
      sums[0] += static_cast<double>(std::abs(a[n]));
    }
    return std::accumulate(sums, sums + kLanes, 0.0);
  });
}

double absolute_max(ThreadPool& pool, const Tensor& x, std::vector<double>& partial) {
  const float* a = values(x);
  // Any NaN makes the sum NaN, whatever the comparisons say.
  double largest = 0;
  const double sum =
      sum_chunks(pool, x.elements(), partial, [&](std::int64_t begin, std::int64_t end) {
        float largest_of[kLanes] = {};
        int not_numbers[kLanes] = {};
        const auto look = [&](std::int64_t lane, float value) {
          largest_of[lane] = std::max(largest_of[lane], std::abs(value));
          not_numbers[lane] |= static_cast<int>(value != value);
        };
        std::int64_t n = begin;
        for (; n + kLanes <= end; n += kLanes) {
          for (std::int64_t lane = 0; lane < kLanes; ++lane) {
            look(lane, a[n + lane]);
          }
        }
        for (; n < end; ++n) {
          look(0, a[n]);
        }
        return std::accumulate(not_numbers, not_numbers + kLanes, 0) != 0
                   ? std::numeric_limits<double>::quiet_NaN()
                   : static_cast<double>(*std::max_element(largest_of, largest_of + kLanes));
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
