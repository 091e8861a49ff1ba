#include "backend/cpu/feature_operations.hpp"

#include <algorithm>
#include <cstring>

#include "backend/cpu/parallel.hpp"
#include "backend/pad_source.hpp"

namespace impasto::cpu {
namespace {

float* values(const Tensor& tensor) {
  return static_cast<float*>(tensor.data);
}

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

/// The four pixels of window (i, j).
struct Window {
  float* at[4];

  Window(const Tensor& x, std::int64_t i, std::int64_t j)
      : at{pixel(x, 2 * i, 2 * j), pixel(x, 2 * i, 2 * j + 1), pixel(x, 2 * i + 1, 2 * j),
           pixel(x, 2 * i + 1, 2 * j + 1)} {}
};

/// The larger; a NaN counts as largest.
inline float larger(float a, float b) {
  return b > a || b != b ? b : a;
}

}  // namespace

template <typename From>
void chw_to_nhwc(const From* from, const Shape& shape, float* to) {
  const std::int64_t positions = shape.positions();
  for_each_chunk(positions, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      for (std::int64_t m = begin; m < end; ++m) {
        to[m * shape.channels + c] = static_cast<float>(from[c * positions + m]);
      }
    }
  });
}

template <typename To>
void nhwc_to_chw(const float* from, const Shape& shape, To* to) {
  const std::int64_t positions = shape.positions();
  for_each_chunk(positions, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      for (std::int64_t m = begin; m < end; ++m) {
        to[c * positions + m] = static_cast<To>(from[m * shape.channels + c]);
      }
    }
  });
}

template void chw_to_nhwc(const float*, const Shape&, float*);
template void chw_to_nhwc(const double*, const Shape&, float*);
template void nhwc_to_chw(const float*, const Shape&, float*);
template void nhwc_to_chw(const float*, const Shape&, double*);

void relu(const Tensor& x, const Tensor& y) {
  const float* from = values(x);
  float* to = values(y);
  for_each_chunk(x.elements(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      to[n] = from[n] < 0 ? 0.0F : from[n];
    }
  });
}

void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) {
  const float* gradient = values(dy);
  const float* output = values(y);
  float* to = values(dx);
  for_each_chunk(y.elements(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      to[n] = output[n] > 0 ? gradient[n] : 0.0F;
    }
  });
}

void max_pool(const Tensor& x, const Tensor& y) {
  for_each_index(y.shape.height, [&](std::int64_t i) {
    for (std::int64_t j = 0; j < y.shape.width; ++j) {
      const Window from(x, i, j);
      float* to = pixel(y, i, j);
      for (std::int64_t c = 0; c < y.shape.channels; ++c) {
        to[c] = larger(larger(from.at[0][c], from.at[1][c]), larger(from.at[2][c], from.at[3][c]));
      }
    }
  });
}

void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx) {
  clear_dropped(dx);
  for_each_index(dy.shape.height, [&](std::int64_t i) {
    for (std::int64_t j = 0; j < dy.shape.width; ++j) {
      const Window input(x, i, j);
      const Window to(dx, i, j);
      const float* gradient = pixel(dy, i, j);
      for (std::int64_t c = 0; c < dy.shape.channels; ++c) {
        const float a = input.at[0][c];
        const float b = input.at[1][c];
        const float d = input.at[2][c];
        const float e = input.at[3][c];
        // The first maximum in row order takes the gradient.
        const bool first = a >= b && a >= d && a >= e;
        const bool second = !first && b >= d && b >= e;
        const bool third = !first && !second && d >= e;
        to.at[0][c] = first ? gradient[c] : 0.0F;
        to.at[1][c] = second ? gradient[c] : 0.0F;
        to.at[2][c] = third ? gradient[c] : 0.0F;
        to.at[3][c] = !first && !second && !third ? gradient[c] : 0.0F;
      }
    }
  });
}

void average_pool(const Tensor& x, const Tensor& y) {
  for_each_index(y.shape.height, [&](std::int64_t i) {
    for (std::int64_t j = 0; j < y.shape.width; ++j) {
      const Window from(x, i, j);
      float* to = pixel(y, i, j);
      for (std::int64_t c = 0; c < y.shape.channels; ++c) {
        to[c] = 0.25F * ((from.at[0][c] + from.at[1][c]) + (from.at[2][c] + from.at[3][c]));
      }
    }
  });
}

void daverage_pool(const Tensor& dy, const Tensor& dx) {
  clear_dropped(dx);
  for_each_index(dy.shape.height, [&](std::int64_t i) {
    for (std::int64_t j = 0; j < dy.shape.width; ++j) {
      const Window to(dx, i, j);
      const float* gradient = pixel(dy, i, j);
      for (std::int64_t c = 0; c < dy.shape.channels; ++c) {
        const float quarter = 0.25F * gradient[c];
        to.at[0][c] = quarter;
        to.at[1][c] = quarter;
        to.at[2][c] = quarter;
        to.at[3][c] = quarter;
      }
    }
  });
}

void pad(Padding mode, const Tensor& x, const Tensor& y) {
  const auto row_bytes = static_cast<std::size_t>(x.shape.width * x.shape.channels) * sizeof(float);
  const auto pixel_bytes = static_cast<std::size_t>(x.shape.channels) * sizeof(float);
  for_each_index(y.shape.height, [&](std::int64_t p) {
    const std::int64_t i = pad_source(mode, p, x.shape.height);
    std::memcpy(pixel(y, p, 1), pixel(x, i, 0), row_bytes);
    for (const std::int64_t q : {std::int64_t{0}, y.shape.width - 1}) {
      std::memcpy(pixel(y, p, q), pixel(x, i, pad_source(mode, q, x.shape.width)), pixel_bytes);
    }
  });
}

void dpad(Padding mode, const Tensor& dy, const Tensor& dx) {
  const std::int64_t height = dx.shape.height;
  const std::int64_t width = dx.shape.width;
  // Row i collects its own padded row and, near the border, the padded rows copied from it.
  for_each_index(height, [&](std::int64_t i) {
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
