// Results do not depend on how many threads share the work, nor on where it is cut.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cpu/direct_convolution.hpp"
#include "backend/host_memory.hpp"
#include "backend/owned_tensor.hpp"
#include "core/random.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

using cpu::ConvolutionPass;
using cpu::Direction;
using cpu::Filters;
using cpu::PassSpec;

std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values;
  for (std::int64_t n = 0; n < count; ++n) {
    values.push_back(static_cast<float>(random.normal()));
  }
  return values;
}

/// A direct convolution that is cut into several strips of rows.
class StripCase {
 public:
  explicit StripCase(std::int64_t padding)
      : spec_{{3, 150, 50}, {40, 148 + 2 * padding, 48 + 2 * padding}, padding, true},
        x_(random_values(spec_.x.elements(), 1)) {
    weights_.in_channels = 3;
    weights_.out_channels = 40;
    weights_.weight = random_values(std::int64_t{9} * 3 * 40, 2);
    weights_.bias = random_values(40, 3);
    spec_.bias = weights_.bias.data();
  }

  std::vector<float> run(int threads) {
    ThreadPool pool(threads);
    Filters filters(weights_);
    const auto pass = cpu::make_direct_pass(pool, filters, Direction::kForward, spec_);
    const auto workspace = allocate_host_memory(pass->workspace_bytes());
    std::vector<float> y(static_cast<std::size_t>(spec_.y.elements()), NAN);
    pass->run({x_.data(), spec_.x, ElementType::kFloat32, Layout::kFeature}, {},
              {y.data(), spec_.y, ElementType::kFloat32, Layout::kFeature}, workspace->data());
    return y;
  }

  /// The definition, in double.
  [[nodiscard]] double expected(std::int64_t i, std::int64_t j, std::int64_t k) const {
    double sum = static_cast<double>(weights_.bias[static_cast<std::size_t>(k)]);
    for (std::int64_t t = 0; t < 9; ++t) {
      const std::int64_t row = i + t / 3 - spec_.padding;
      const std::int64_t column = j + t % 3 - spec_.padding;
      if (row < 0 || row >= spec_.x.height || column < 0 || column >= spec_.x.width) {
        continue;
      }
      for (std::int64_t c = 0; c < 3; ++c) {
        sum += static_cast<double>(weights_.weight[static_cast<std::size_t>((k * 3 + c) * 9 + t)]) *
               static_cast<double>(
                   x_[static_cast<std::size_t>((row * spec_.x.width + column) * 3 + c)]);
      }
    }
    return std::max(sum, 0.0);
  }
  [[nodiscard]] const Shape& y() const { return spec_.y; }

 private:
  PassSpec spec_;
  ConvolutionWeights weights_;
  std::vector<float> x_;
};

TEST(Threads, ADirectConvolutionCutIntoStripsIsTheWholeOne) {
  for (const std::int64_t padding : {0, 1, 2}) {
    StripCase test(padding);
    const std::vector<float> y = test.run(2);
    std::size_t n = 0;
    for (std::int64_t i = 0; i < test.y().height; ++i) {
      for (std::int64_t j = 0; j < test.y().width; ++j) {
        for (std::int64_t k = 0; k < test.y().channels; ++k) {
          ASSERT_NEAR(y[n++], test.expected(i, j, k), 1e-4) << i << ' ' << j << ' ' << k;
        }
      }
    }
    for (const int threads : {1, 3, 5}) {
      EXPECT_EQ(test.run(threads), y) << threads << " threads, padding " << padding;
    }
  }
}

TEST(Threads, APictureIsTheSameToTheByteForAnyNumber) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    // Channels for oneDNN and OpenBLAS, and for our own products.
    for (const std::vector<std::vector<std::int64_t>>& blocks :
         {std::vector<std::vector<std::int64_t>>{{4, 4}, {6, 6}}, {{64, 64}, {64, 64}}}) {
      const auto run = [&](int threads) {
        const std::unique_ptr<Backend> backend = make_cpu_backend(threads);
        TransferObserver nobody;
        return transfer_on(*backend, test_picture(90, 70, 1), {test_picture(80, 100, 2)},
                           small_network(blocks, 1), every_loss_options(optimizer, 6), nobody)
            .picture.rgb;
      };
      const std::vector<float> once = run(2);
      for (const int threads : {1, 3, 5}) {
        EXPECT_EQ(run(threads), once) << threads << " threads";
      }
    }
  }
}

/// F Fᵀ and D F of a feature map.
struct Products {
  std::vector<float> gram;
  std::vector<float> dgram;
  friend bool operator==(const Products&, const Products&) = default;
};

Products products_of(Backend& backend, const Shape& shape) {
  const OwnedTensor f(backend, shape, Layout::kFeature);
  const OwnedTensor df(backend, shape, Layout::kDFeature);
  const OwnedTensor d(backend, square_matrix(shape.channels), Layout::kPlain);
  const OwnedTensor g(backend, square_matrix(shape.channels), Layout::kPlain);
  const std::vector<float> values = random_values(shape.elements(), 1);
  backend.upload(std::span<const float>(values), f.get());
  backend.upload(
      std::span<const float>(values.data(), static_cast<std::size_t>(d.get().elements())), d.get());
  backend.gram(1, f.get(), g.get());
  backend.dgram(1, d.get(), f.get(), df.get(), false);
  Products products{std::vector<float>(static_cast<std::size_t>(g.get().elements())),
                    std::vector<float>(static_cast<std::size_t>(df.get().elements()))};
  backend.download(g.get(), std::span<float>(products.gram));
  backend.download(df.get(), std::span<float>(products.dgram));
  return products;
}

/// The products of some numbers of channels are OpenBLAS's, which takes threads of its own where it
/// is let, and then cuts its sums otherwise.
TEST(Threads, GramProductsHaveTheSameBytesInEveryRunAndWithAnyThreads) {
  for (const std::int64_t channels : {3, 12, 16, 20, 32, 64}) {
    const Shape shape{channels, 96, 128};
    const Products expected = products_of(*make_cpu_backend(1), shape);
    for (const int threads : {2, 4}) {
      const auto backend = make_cpu_backend(threads);
      for (int run = 0; run < 20; ++run) {
        ASSERT_TRUE(products_of(*backend, shape) == expected)
            << channels << " channels, " << threads << " threads, run " << run;
      }
    }
  }
}

}  // namespace
}  // namespace impasto
