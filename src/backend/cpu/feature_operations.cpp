#include "backend/cpu/feature_operations.hpp"

#include <algorithm>
#include <cstring>

#include "backend/cpu/parallel.hpp"
#include "backend/cpu/simd_maps.hpp"
#include "backend/cpu/values.hpp"
#include "backend/pad_source.hpp"

namespace impasto::cpu {
namespace {

/// The channels of pixel (i, j).
float* pixel(const Tensor& tensor, std::int64_t i, std::int64_t j) {
  return values(tensor) + (i * tensor.shape.width + j) * tensor.shape.channels;
}

/// Clears what 2 × 2 windows leave out: the last odd row and column.
void clear_dropped(const Tensor& dx) {
  const std::int64_t height = dx.shape.height;
  const std::int64_t width = dx.shape.width;
  const std::int64_t channels = dx.shape.channels;
  if (width % 2 == 1) {
    for (std::int64_t i = 0; i < height; ++i) {
      std::fill_n(pixel(dx, i, width - 1), channels, 0.0F);
    }
  }
  if (height % 2 == 1) {
    std::fill_n(pixel(dx, height - 1, 0), width * channels, 0.0F);
  }
}

/// The rows that pooled row i looks at.
RowPair windows(const Tensor& x, std::int64_t i) {
  return {pixel(x, 2 * i, 0), pixel(x, 2 * i + 1, 0)};
}

}  // namespace

template <typename From>
void chw_to_nhwc(ThreadPool& pool, const From* from, const Shape& shape, float* to) {
  const std::int64_t positions = shape.positions();
  for_each_chunk(pool, positions, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      for (std::int64_t m = begin; m < end; ++m) {
        to[m * shape.channels + c] = static_cast<float>(from[c * positions + m]);
      }
    }
  });
}

template <typename To>
void nhwc_to_chw(ThreadPool& pool, const float* from, const Shape& shape, To* to) {
  const std::int64_t positions = shape.positions();
  for_each_chunk(pool, positions, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      for (std::int64_t m = begin; m < end; ++m) {
        to[c * positions + m] = static_cast<To>(from[m * shape.channels + c]);
      }
    }
  });
}

template void chw_to_nhwc(ThreadPool&, const float*, const Shape&, float*);
template void chw_to_nhwc(ThreadPool&, const double*, const Shape&, float*);
template void nhwc_to_chw(ThreadPool&, const float*, const Shape&, float*);
template void nhwc_to_chw(ThreadPool&, const float*, const Shape&, double*);

void relu(ThreadPool& pool, const Tensor& x, const Tensor& y) {
  for_each_chunk(pool, x.elements(), [&](std::int64_t begin, std::int64_t end) {
    simd_maps().relu(values(x) + begin, end - begin, values(y) + begin);
  });
}

void drelu(ThreadPool& pool, const Tensor& dy, const Tensor& y, const Tensor& dx) {
  for_each_chunk(pool, y.elements(), [&](std::int64_t begin, std::int64_t end) {
    simd_maps().drelu(values(dy) + begin, values(y) + begin, end - begin, values(dx) + begin);
  });
}

void max_pool(ThreadPool& pool, const Tensor& x, const Tensor& y) {
  for_each_index(pool, y.shape.height, [&](std::int64_t i) {
    simd_maps().max_pool(windows(x, i), y.shape.width, y.shape.channels, pixel(y, i, 0));
  });
}

void dmax_pool(ThreadPool& pool, const Tensor& dy, const Tensor& x, const Tensor& dx) {
  clear_dropped(dx);
  for_each_index(pool, dy.shape.height, [&](std::int64_t i) {
    simd_maps().dmax_pool(pixel(dy, i, 0), windows(x, i), dy.shape.width, dy.shape.channels,
                          pixel(dx, 2 * i, 0), pixel(dx, 2 * i + 1, 0));
  });
}

void average_pool(ThreadPool& pool, const Tensor& x, const Tensor& y) {
  for_each_index(pool, y.shape.height, [&](std::int64_t i) {
    simd_maps().average_pool(windows(x, i), y.shape.width, y.shape.channels, pixel(y, i, 0));
  });
}

void daverage_pool(ThreadPool& pool, const Tensor& dy, const Tensor& dx) {
  clear_dropped(dx);
  for_each_index(pool, dy.shape.height, [&](std::int64_t i) {
    simd_maps().daverage_pool(pixel(dy, i, 0), dy.shape.width, dy.shape.channels,
                              pixel(dx, 2 * i, 0), pixel(dx, 2 * i + 1, 0));
  });
}

void pad(ThreadPool& pool, Padding mode, const Tensor& x, const Tensor& y) {
  const auto row_bytes = static_cast<std::size_t>(x.shape.width * x.shape.channels) * sizeof(float);
  const auto pixel_bytes = static_cast<std::size_t>(x.shape.channels) * sizeof(float);
  for_each_index(pool, y.shape.height, [&](std::int64_t p) {
    const std::int64_t i = pad_source(mode, p, x.shape.height);
    std::memcpy(pixel(y, p, 1), pixel(x, i, 0), row_bytes);
    for (const std::int64_t q : {std::int64_t{0}, y.shape.width - 1}) {
      std::memcpy(pixel(y, p, q), pixel(x, i, pad_source(mode, q, x.shape.width)), pixel_bytes);
    }
  });
}

void dpad(ThreadPool& pool, Padding mode, const Tensor& dy, const Tensor& dx) {
  const std::int64_t height = dx.shape.height;
  const std::int64_t width = dx.shape.width;
  // Row i collects its own padded row and, near the border, the padded rows copied from it.
  for_each_index(pool, height, [&](std::int64_t i) {
    std::memset(pixel(dx, i, 0), 0,
                static_cast<std::size_t>(width * dx.shape.channels) * sizeof(float));
    for (const std::int64_t p : {i + 1, std::int64_t{0}, height + 1}) {
      if (pad_source(mode, p, height) != i) {
        continue;
      }
      for (std::int64_t q = 0; q < width + 2; ++q) {
        const float* from = pixel(dy, p, q);
        float* to = pixel(dx, i, pad_source(mode, q, width));
        for (std::int64_t c = 0; c < dx.shape.channels; ++c) {
          to[c] += from[c];
        }
      }
    }
  });
}

}  // namespace impasto::cpu
