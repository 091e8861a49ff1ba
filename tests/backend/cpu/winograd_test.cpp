// Winograd convolutions: the transforms against matrices made from their points, every way of
// cutting the work against a plain double convolution, and how errors grow with the channels.
#include "backend/cpu/winograd_convolution.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/convolution.hpp"
#include "backend/cpu/cpu_backend.hpp"
#include "backend/host_memory.hpp"
#include "backend/reference/reference_backend.hpp"
#include "core/random.hpp"
#include "support/setting.hpp"
#include "toom_cook.hpp"

namespace impasto::cpu {

// GoogleTest looks for this name.
void PrintTo(const SimdKernels& kernels,
             std::ostream* stream) {  // NOLINT(readability-identifier-naming)
  *stream << kernels.name;
}

namespace {

/// Relative L2 error against double of a whole convolution. The project asks for 1e-4; measured:
/// 1e-6 for m = 4 and 4e-6 for m = 6, at 16 to 512 channels.
constexpr double kTolerance = 1e-5;

constexpr TileSize kSizes[] = {TileSize::kFour, TileSize::kSix};

ToomCook matrices(TileSize size) {
  if (size == TileSize::kFour) {
    const double p = std::sqrt(2.0);
    return ToomCook({0, p, -p, 1 / p, -1 / p});
  }
  return ToomCook({0, 1, -1, 2, -2, 0.5, -0.5});
}

/// Row 0 of Bᵀ and its weight are both negated for m = 6, where M'(0) = −1: the products of that
/// row and column change their sign.
double sign(TileSize size, std::size_t i) {
  return size == TileSize::kSix && i == 0 ? -1 : 1;
}

Matrix random_matrix(Random& random, std::size_t n) {
  Matrix result(n, std::vector<double>(n));
  for (auto& row : result) {
    for (double& value : row) {
      value = static_cast<double>(static_cast<float>(random.normal()));
    }
  }
  return result;
}

std::unique_ptr<Memory> floats(std::int64_t count) {
  return allocate_host_memory(static_cast<std::size_t>(count) * sizeof(float));
}
float* data(const std::unique_ptr<Memory>& memory) {
  return reinterpret_cast<float*>(memory->data());
}

TEST(Winograd, ThePointsGiveCorrelation) {
  Random random(1);
  for (const TileSize size : kSizes) {
    const ToomCook one = matrices(size);
    const auto m = static_cast<std::size_t>(output_side(size));
    const Matrix d = random_matrix(random, m + 2);
    const Matrix g = random_matrix(random, 3);
    const Matrix u = product(product(one.g, g), transposed(one.g));
    Matrix v = product(product(one.bt, d), transposed(one.bt));
    for (std::size_t i = 0; i < m + 2; ++i) {
      for (std::size_t j = 0; j < m + 2; ++j) {
        v[i][j] *= u[i][j];
      }
    }
    const Matrix y = product(product(one.at, v), transposed(one.at));
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < m; ++j) {
        double expected = 0;
        for (std::size_t a = 0; a < 3; ++a) {
          for (std::size_t b = 0; b < 3; ++b) {
            expected += g[a][b] * d[i + a][j + b];
          }
        }
        EXPECT_NEAR(y[i][j], expected, 1e-10);
      }
    }
  }
}

/// Each instruction set that this machine runs, the less capable ones too.
class WinogradKernels : public testing::TestWithParam<SimdKernels> {};

INSTANTIATE_TEST_SUITE_P(InstructionSets, WinogradKernels, testing::ValuesIn(all_simd_kernels()),
                         [](const auto& suite) { return std::string(suite.param.name); });

TEST_P(WinogradKernels, InputTransformIsItsMatrix) {
  Random random(2);
  constexpr std::int64_t kChannels = 48;
  constexpr std::int64_t kRows = 3;
  for (const TileSize size : kSizes) {
    const auto n = static_cast<std::size_t>(input_side(size));
    const std::int64_t stride = kRows * kChannels;
    const auto pixels = floats(product_count(size) * kChannels);
    const auto v = floats(product_count(size) * stride);
    std::vector<Matrix> d;
    for (std::int64_t c = 0; c < kChannels; ++c) {
      d.push_back(random_matrix(random, n));
    }
    const auto masks = floats(product_count(size) * kChannels);
    TileSource source{};
    for (std::size_t p = 0; p < n * n; ++p) {
      float* pixel = data(pixels) + p * kChannels;
      source.pixel[p] = pixel;
      source.mask[p] = data(masks) + p * kChannels;
      for (std::size_t c = 0; c < kChannels; ++c) {
        pixel[c] = static_cast<float>(d[c][p / n][p % n]);
        data(masks)[p * kChannels + c] = static_cast<float>((p + c) % 3) - 1;  // −1, 0, 1
      }
    }
    const ToomCook one = matrices(size);
    for (const bool masked : {false, true}) {
      source.masked = masked;
      GetParam().transform_input[static_cast<int>(size)](source, kChannels, kRows, data(v), stride);
      for (std::size_t c = 0; c < kChannels; ++c) {
        for (std::size_t p = 0; masked && p < n * n; ++p) {
          d[c][p / n][p % n] *= (p + c) % 3 == 2 ? 1 : 0;
        }
        const Matrix expected = product(product(one.bt, d[c]), transposed(one.bt));
        for (std::size_t e = 0; e < n * n; ++e) {
          const std::size_t at = e * static_cast<std::size_t>(stride) +
                                 c / kChannelBlock * kRows * kChannelBlock + c % kChannelBlock;
          EXPECT_NEAR(static_cast<double>(data(v)[at]),
                      sign(size, e / n) * sign(size, e % n) * expected[e / n][e % n], 1e-4);
        }
      }
    }
  }
}

TEST_P(WinogradKernels, FilterTransformIsItsMatrix) {
  Random random(3);
  constexpr std::int64_t kChannels = 5;
  const std::int64_t panel = GetParam().panel;
  for (const TileSize size : kSizes) {
    const auto n = static_cast<std::size_t>(input_side(size));
    const std::int64_t stride = kChannels * panel;
    const auto w = floats(kChannels * 9 * panel);
    const auto u = floats(product_count(size) * stride);
    for (std::int64_t i = 0; i < kChannels * 9 * panel; ++i) {
      data(w)[i] = static_cast<float>(random.normal());
    }
    GetParam().transform_filters[static_cast<int>(size)](data(w), kChannels, data(u), stride);
    const ToomCook one = matrices(size);
    for (std::int64_t c = 0; c < kChannels; ++c) {
      for (std::int64_t k = 0; k < panel; ++k) {
        Matrix g(3, std::vector<double>(3));
        for (std::size_t t = 0; t < 9; ++t) {
          g[t / 3][t % 3] =
              static_cast<double>(data(w)[(c * 9 + static_cast<std::int64_t>(t)) * panel + k]);
        }
        const Matrix expected = product(product(one.g, g), transposed(one.g));
        for (std::size_t e = 0; e < n * n; ++e) {
          EXPECT_NEAR(
              static_cast<double>(data(u)[static_cast<std::int64_t>(e) * stride + c * panel + k]),
              expected[e / n][e % n], 1e-5);
        }
      }
    }
  }
}

TEST_P(WinogradKernels, OutputTransformIsItsMatrixWithBiasAndRelu) {
  Random random(4);
  constexpr std::int64_t kChannels = 35;  // leaves a rest in every vector length
  constexpr std::int64_t kStride = 48;
  for (const TileSize size : kSizes) {
    const auto n = static_cast<std::size_t>(input_side(size));
    const auto m = static_cast<std::size_t>(output_side(size));
    const auto products = floats(product_count(size) * kStride);
    const auto bias = floats(kStride);
    for (std::int64_t i = 0; i < product_count(size) * kStride; ++i) {
      data(products)[i] = static_cast<float>(random.normal());
    }
    for (std::int64_t k = 0; k < kChannels; ++k) {
      data(bias)[k] = static_cast<float>(random.normal());
    }
    for (const bool relu : {false, true}) {
      constexpr float kGuard = 12345;
      std::vector<float> y(m * m * kStride, kGuard);
      TileTarget target{};
      for (std::size_t p = 0; p < m * m; ++p) {
        target.pixel[p] = y.data() + p * kStride;
      }
      GetParam().transform_output[static_cast<int>(size)](data(products), kStride, kChannels,
                                                          data(bias), relu, target);
      const ToomCook one = matrices(size);
      for (std::size_t k = 0; k < kStride; ++k) {
        Matrix product_of_k(n, std::vector<double>(n));
        for (std::size_t e = 0; e < n * n; ++e) {
          product_of_k[e / n][e % n] = sign(size, e / n) * sign(size, e % n) *
                                       static_cast<double>(data(products)[e * kStride + k]);
        }
        const Matrix expected = product(product(one.at, product_of_k), transposed(one.at));
        for (std::size_t p = 0; p < m * m; ++p) {
          const double value = expected[p / m][p % m] + static_cast<double>(data(bias)[k]);
          const double wanted =
              k >= kChannels ? static_cast<double>(kGuard) : (relu ? std::max(value, 0.0) : value);
          EXPECT_NEAR(static_cast<double>(y[p * kStride + k]), wanted, 2e-3) << k;
        }
      }
    }
  }
}

TEST_P(WinogradKernels, ProductsAreTheirSums) {
  Random random(7);
  const SimdKernels& kernels = GetParam();
  constexpr std::int64_t kDepth = 48;
  const std::int64_t panel = kernels.panel;
  const std::int64_t ldc = panel + 16;
  const auto fill = [&](std::int64_t count) {
    auto memory = floats(count);
    for (std::int64_t n = 0; n < count; ++n) {
      data(memory)[n] = static_cast<float>(random.normal());
    }
    return memory;
  };
  const auto left = fill(kDepth * std::max(panel, kernels.rows));
  const auto right = fill(kDepth * panel);
  const auto start = fill(std::max(kernels.rows, kernels.correlation_rows) * ldc);
  const auto check = [&](std::int64_t rows, auto&& left_at, auto&& run) {
    for (const bool accumulate : {false, true}) {
      const auto c = floats(rows * ldc);
      std::copy_n(data(start), rows * ldc, data(c));
      run(data(c), accumulate);
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t n = 0; n < ldc; ++n) {
          const auto before = static_cast<double>(data(start)[r * ldc + n]);
          double expected = n >= panel || accumulate ? before : 0;
          for (std::int64_t k = 0; k < kDepth && n < panel; ++k) {
            expected += static_cast<double>(data(left)[left_at(r, k)]) *
                        static_cast<double>(data(right)[k * panel + n]);
          }
          ASSERT_NEAR(static_cast<double>(data(c)[r * ldc + n]), expected, 1e-4);
        }
      }
    }
  };
  for (std::int64_t rows = 1; rows <= kernels.rows; ++rows) {
    check(
        rows,
        [&](std::int64_t r, std::int64_t k) {
          return k / kChannelBlock * rows * kChannelBlock + r * kChannelBlock + k % kChannelBlock;
        },
        [&](float* c, bool accumulate) {
          kernels.multiply(rows, data(left), data(right), kDepth, c, ldc, accumulate);
        });
  }
  check(
      kernels.correlation_rows, [&](std::int64_t r, std::int64_t k) { return k * panel + r; },
      [&](float* c, bool accumulate) {
        kernels.correlate(data(left), data(right), kDepth, c, ldc, accumulate);
      });
}

/// A pass with random filters, input and mask, and its result by plain loops in double.
class Case {
 public:
  Case(std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width,
       std::int64_t padding, bool relu, bool masked = false)
      : bias_(static_cast<std::size_t>(out)) {
    Random random(5);
    weights_.in_channels = in;
    weights_.out_channels = out;
    const double scale = 1 / std::sqrt(9.0 * static_cast<double>(in));
    for (std::int64_t n = 0; n < 9 * in * out; ++n) {
      weights_.weight.push_back(static_cast<float>(scale * random.normal()));
    }
    for (float& value : bias_) {
      value = static_cast<float>(random.normal());
    }
    weights_.bias = bias_;
    filters_ = std::make_unique<Filters>(weights_);
    spec_.x = {in, height, width};
    spec_.y = {out, height + 2 * padding - 2, width + 2 * padding - 2};
    spec_.padding = padding;
    spec_.relu = relu;
    spec_.masked = masked;
    spec_.bias = bias_.data();
    for (std::int64_t n = 0; n < spec_.x.elements(); ++n) {
      x_.push_back(static_cast<float>(random.normal()));
      mask_.push_back(std::max(0.0F, static_cast<float>(random.normal())));
    }
  }

  std::vector<float>& x() { return x_; }
  [[nodiscard]] const PassSpec& spec() const { return spec_; }

  std::vector<float> run(const WinogradBlocking& blocking, int threads = 2) {
    ThreadPool pool(threads);
    const auto pass = make_winograd_pass(pool, *filters_, Direction::kForward, spec_, blocking);
    const auto workspace = allocate_host_memory(pass->workspace_bytes());
    constexpr float kGuard = 54321;
    std::vector<float> y(static_cast<std::size_t>(spec_.y.elements()) + 64, kGuard);
    const Tensor in{x_.data(), spec_.x, ElementType::kFloat32, Layout::kFeature};
    const Tensor mask{mask_.data(), spec_.x, ElementType::kFloat32, Layout::kFeature};
    const Tensor out{y.data() + 32, spec_.y, ElementType::kFloat32, Layout::kFeature};
    pass->run(in, spec_.masked ? mask : Tensor{}, out, workspace->data());
    for (std::size_t n = 0; n < 32; ++n) {
      EXPECT_EQ(y[n], kGuard);
      EXPECT_EQ(y[y.size() - 1 - n], kGuard);
    }
    return {y.begin() + 32, y.end() - 32};
  }

  [[nodiscard]] std::vector<double> expected() const {
    std::vector<double> y;
    y.reserve(static_cast<std::size_t>(spec_.y.elements()));
    const FilterView view{&weights_, Direction::kForward};
    for (std::int64_t i = 0; i < spec_.y.height; ++i) {
      for (std::int64_t j = 0; j < spec_.y.width; ++j) {
        for (std::int64_t k = 0; k < spec_.y.channels; ++k) {
          y.push_back(pixel(view, i, j, k));
        }
      }
    }
    return y;
  }

 private:
  [[nodiscard]] double pixel(const FilterView& view, std::int64_t i, std::int64_t j,
                             std::int64_t k) const {
    double sum = static_cast<double>(bias_[static_cast<std::size_t>(k)]);
    for (std::int64_t t = 0; t < 9; ++t) {
      const std::int64_t a = i + t / 3 - spec_.padding;
      const std::int64_t b = j + t % 3 - spec_.padding;
      if (a < 0 || a >= spec_.x.height || b < 0 || b >= spec_.x.width) {
        continue;
      }
      for (std::int64_t c = 0; c < spec_.x.channels; ++c) {
        const auto at = static_cast<std::size_t>((a * spec_.x.width + b) * spec_.x.channels + c);
        if (!spec_.masked || mask_[at] > 0) {
          sum += static_cast<double>(view.at(k, c, t)) * static_cast<double>(x_[at]);
        }
      }
    }
    return spec_.relu && sum < 0 ? 0 : sum;
  }

  ConvolutionWeights weights_;
  std::vector<float> bias_;
  std::unique_ptr<Filters> filters_;
  PassSpec spec_;
  std::vector<float> x_;
  std::vector<float> mask_;
};

double relative(const std::vector<float>& actual, const std::vector<double>& expected) {
  double error = 0;
  double norm = 0;
  for (std::size_t n = 0; n < expected.size(); ++n) {
    error += std::pow(static_cast<double>(actual[n]) - expected[n], 2);
    norm += expected[n] * expected[n];
  }
  return std::sqrt(error / norm);
}

TEST(Winograd, EveryWayOfCuttingTheWorkIsTheConvolution) {
  struct Sizes {
    std::int64_t in, out, height, width;
  };
  const Sizes sizes[] = {{16, 16, 3, 3},       {16, 3, 4, 7},    {32, 48, 13, 11}, {48, 20, 25, 6},
                         {64, 64, 17, 1 + 22}, {128, 40, 8, 19}, {16, 130, 31, 5}, {272, 33, 9, 9}};
  // ReLU of the result, and its backward: a mask on the input.
  constexpr std::pair<bool, bool> kEpilogues[] = {{false, false}, {true, false}, {false, true}};
  for (const Sizes& size : sizes) {
    for (const std::int64_t padding : {0, 1, 2}) {
      for (const auto& [relu, masked] : kEpilogues) {
        Case test(size.in, size.out, size.height, size.width, padding, relu, masked);
        const std::vector<double> expected = test.expected();
        for (const TileSize tile : kSizes) {
          for (const std::int64_t tiles : {1, 5, 14, 31}) {
            for (const bool shared : {false, true}) {
              for (const bool anew : {false, true}) {
                EXPECT_LE(relative(test.run({tile, tiles, shared, anew}), expected), kTolerance)
                    << size.in << " to " << size.out << " at " << size.height << " x " << size.width
                    << ", padding " << padding << ", masked " << masked
                    << ", m = " << output_side(tile) << ", " << tiles << " tiles, shared " << shared
                    << ", anew " << anew;
              }
            }
          }
        }
      }
    }
  }
}

TEST(Winograd, ErrorsStaySmallAtFiveHundredChannels) {
  for (const std::int64_t channels : {16, 64, 256, 512}) {
    Case test(channels, 16, 24, 24, 1, false);
    const std::vector<double> expected = test.expected();
    for (const TileSize size : kSizes) {
      const double error = relative(test.run({size, 14, false, false}), expected);
      EXPECT_LE(error, kTolerance) << channels;
      EXPECT_GT(error, 1e-9) << "compares a thing with itself";
      RecordProperty("error_m" + std::to_string(output_side(size)) + "_" + std::to_string(channels),
                     std::to_string(error * 1e9) + "e-9");
    }
  }
}

TEST(Winograd, BytesDependOnTheTileAloneNotOnThreadsOrBlocks) {
  Case test(64, 96, 30, 41, 1, true);
  for (const TileSize size : kSizes) {
    const std::vector<float> once = test.run({size, 14, false, false});
    for (const int threads : {1, 2, 3, 5}) {
      EXPECT_EQ(test.run({size, 14, false, false}, threads), once);
      EXPECT_EQ(test.run({size, 9, true, false}, threads), once);
      EXPECT_EQ(test.run({size, 40, true, true}, threads), once);
    }
  }
}

TEST(Winograd, ANotANumberReachesEveryPixelThatSeesIt) {
  for (const TileSize size : kSizes) {
    Case test(16, 16, 15, 14, 1, true);
    test.x()[(7 * 14 + 6) * 16 + 3] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> y = test.run({size, 14, false, false});
    for (std::size_t i = 6; i <= 8; ++i) {
      for (std::size_t j = 5; j <= 7; ++j) {
        for (std::size_t k = 0; k < 16; ++k) {
          EXPECT_TRUE(std::isnan(y[(i * 14 + j) * 16 + k]));
        }
      }
    }
  }
}

TEST(Winograd, BothDirectionsOfTheBackendsConvolutionFollowTheReference) {
  for (const char* mode : {"winograd4", "winograd6", "rule", "direct"}) {
    const Setting setting("IMPASTO_CONVOLUTION", mode);
    for (const bool pad : {true, false}) {
      for (const bool relu : {true, false}) {
        ConvolutionWeights weights;
        weights.in_channels = 32;
        weights.out_channels = 48;
        Random random(6);
        for (int n = 0; n < 9 * 32 * 48; ++n) {
          weights.weight.push_back(static_cast<float>(random.normal()));
        }
        weights.bias.assign(48, 0.25F);
        const ConvolutionSpec spec{{32, 21, 18}, 48, pad, relu, true};
        const auto values = [&](const Shape& shape) {
          std::vector<double> result(static_cast<std::size_t>(shape.elements()));
          for (double& value : result) {
            value = static_cast<double>(static_cast<float>(random.normal()));
          }
          return result;
        };
        const std::vector<double> x_values = values(spec.input);
        const std::vector<double> dy_values = values(spec.output());
        const auto run = [&](Backend& backend) {
          const auto convolution = backend.make_convolution(backend.prepare_filters(weights), spec);
          const auto workspace = backend.allocate(convolution->workspace_bytes());
          const auto tensor = [&](const Shape& shape, std::unique_ptr<Memory>& memory) {
            memory = backend.allocate(storage_bytes(shape.elements(), backend.feature_type()));
            return Tensor{memory->data(), shape, backend.feature_type(), Layout::kFeature};
          };
          std::unique_ptr<Memory> memory[4];
          const Tensor x = tensor(spec.input, memory[0]);
          const Tensor y = tensor(spec.output(), memory[1]);
          const Tensor dy = tensor(spec.output(), memory[2]);
          const Tensor dx = tensor(spec.input, memory[3]);
          backend.upload(std::span<const double>(x_values), x);
          backend.upload(std::span<const double>(dy_values), dy);
          convolution->forward(x, y, workspace->data());
          std::pair<std::vector<double>, std::vector<double>> result{
              std::vector<double>(static_cast<std::size_t>(y.elements())),
              std::vector<double>(static_cast<std::size_t>(x.elements()))};
          backend.download(y, std::span<double>(result.first));
          convolution->dforward(dy, x, y, {}, dx, workspace->data());
          backend.download(dx, std::span<double>(result.second));
          return result;
        };
        const auto expected = run(*make_reference_backend<double>());
        const auto actual = run(*make_cpu_backend(0));
        const auto narrow = [](const std::vector<double>& wide) {
          return std::vector<float>(wide.begin(), wide.end());
        };
        EXPECT_LE(relative(narrow(actual.first), expected.first), kTolerance) << mode;
        EXPECT_LE(relative(narrow(actual.second), expected.second), kTolerance) << mode;
      }
    }
  }
}

}  // namespace
}  // namespace impasto::cpu
