// Every operation of the backend interface, on every backend: gradients against central differences
// in double, each backend against the double reference, writes against their stated rule (overwrite
// or accumulate), guard bands.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "backend/reference/reference_backend.hpp"
#include "gradcheck/gradcheck.hpp"
#include "gradcheck/network_operations.hpp"
#include "gradcheck/operations.hpp"
#include "support/backends.hpp"
#include "support/follow_reference.hpp"

namespace impasto {
namespace {

/// Filters of as many output channels as there are biases.
ConvolutionWeights random_convolution(std::int64_t in_channels, std::vector<float> bias,
                                      Random& random) {
  ConvolutionWeights weights;
  weights.in_channels = in_channels;
  weights.out_channels = static_cast<std::int64_t>(bias.size());
  weights.bias = std::move(bias);
  for (std::int64_t n = 0; n < 9 * in_channels * weights.out_channels; ++n) {
    weights.weight.push_back(static_cast<float>(random.normal()));
  }
  return weights;
}

HostValues behind_relu(HostValues values) {
  for (double& value : values) {
    value = std::max(value, 0.0);
  }
  return values;
}

class Operations : public testing::TestWithParam<BackendUnderTest> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
  std::unique_ptr<Backend> reference_ = make_reference_backend<double>();

  std::vector<GradientCheck> check(const std::vector<DifferentiableOperation>& operations) {
    return check_gradients(operations, {.device = backend_.get()});
  }

  void expect_checks(const std::vector<GradientCheck>& checks) {
    ASSERT_FALSE(checks.empty());
    for (const GradientCheck& check : checks) {
      EXPECT_LE(check.numeric_error(), 1e-6) << check.name;
      EXPECT_LE(check.backend_error.value(), GetParam().tolerance) << check.name;
      EXPECT_GT(check.gradient_norm, 0) << check.name << " checks nothing";
    }
  }
};

TEST_P(Operations, GradientsAgreeWithCentralDifferences) {
  expect_checks(check(differentiable_operations({2, 5, 7}, 1)));
}

TEST_P(Operations, GradientsAgreeAtTheSmallestSizeThatPoolsAndReflects) {
  expect_checks(check(differentiable_operations({1, 2, 2}, 2)));
}

TEST_P(Operations, TheWholeNetworksPixelGradientAgreesWithCentralDifferences) {
  for (const GradientCheck& check : check(network_operations(5))) {
    EXPECT_LE(check.numeric_error(), 1e-6) << check.name;
    EXPECT_LE(check.backend_error.value(), GetParam().is_coarse()
                                               ? GetParam().network_tolerance
                                               : std::max(GetParam().tolerance, 1e-11))
        << check.name;
  }
}

TEST_P(Operations, FollowTheReferenceAtOddSizes) {
  expect_follows_reference(*backend_, *reference_, {5, 37, 53}, GetParam().tolerance);
}

TEST_P(Operations, FollowTheReferenceAtSizesThatVectorsDoNotDivide) {
  expect_follows_reference(*backend_, *reference_, {33, 18, 21}, GetParam().tolerance);
}

TEST_P(Operations, FollowTheReferenceAtChannelsThatVectorsDivide) {
  expect_follows_reference(*backend_, *reference_, {64, 19, 23}, GetParam().tolerance);
}

TEST_P(Operations, ConvolutionAndLossesWorkOnePixelWide) {
  for (const Shape& shape : {Shape{4, 1, 9}, Shape{4, 9, 1}, Shape{3, 1, 1}}) {
    for (const DifferentiableOperation& operation : differentiable_operations(shape, 4)) {
      if (operation.name.find("pooling") != std::string::npos ||
          operation.name.find("reflect") != std::string::npos) {
        continue;  // these need two pixels each way; the plan refuses them
      }
      if (operation.key == "w2" && shape.positions() == 1) {
        continue;  // one position's covariance is what rounding leaves of it
      }
      const HostValues expected = operation.gradient(*reference_, operation.x);
      EXPECT_LE(relative_error(operation.gradient(*backend_, operation.x), expected),
                GetParam().tolerance)
          << operation.name << " at " << to_string(shape);
      EXPECT_LE(relative_error(expected, numeric_derivatives(operation, *reference_, 1e-5)), 1e-6)
          << operation.name << " at " << to_string(shape);
    }
  }
}

TEST_P(Operations, ConvolutionIsACrossCorrelation) {
  // One filter that looks at the pixel to the upper left: y[i,j] = x[i−1,j−1].
  ConvolutionWeights weights;
  weights.in_channels = 1;
  weights.out_channels = 1;
  weights.weight = {1, 0, 0, 0, 0, 0, 0, 0, 0};
  weights.bias = {0};
  const ConvolutionSpec spec{{1, 3, 3}, 1, true, false, true};
  const auto convolution = backend_->make_convolution(backend_->prepare_filters(weights), spec);
  const auto workspace = backend_->allocate(convolution->workspace_bytes());
  const OwnedTensor x(*backend_, spec.input, Layout::kFeature, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const OwnedTensor y(*backend_, spec.output(), Layout::kFeature);
  convolution->forward(x.get(), y.get(), workspace->data());
  EXPECT_EQ(y.download(*backend_), (HostValues{0, 0, 0, 0, 1, 2, 0, 4, 5}));
}

TEST_P(Operations, FusedReluIsTheConvolutionThenRelu) {
  Random random(8);
  const ConvolutionWeights weights = random_convolution(2, {0.1F, -0.2F, 0.3F}, random);
  ConvolutionSpec spec{{2, 6, 5}, 3, true, false, false};
  const OwnedTensor x(*backend_, spec.input, Layout::kFeature, random_values(random, 60));
  const auto run = [&](bool relu) {
    spec.relu = relu;
    const auto convolution = backend_->make_convolution(backend_->prepare_filters(weights), spec);
    const auto workspace = backend_->allocate(convolution->workspace_bytes());
    const OwnedTensor y(*backend_, spec.output(), Layout::kFeature);
    convolution->forward(x.get(), y.get(), workspace->data());
    return y.download(*backend_);
  };
  const HostValues plain = run(false);
  const HostValues fused = run(true);
  ASSERT_TRUE(std::any_of(plain.begin(), plain.end(), [](double v) { return v < 0; }));
  for (std::size_t n = 0; n < plain.size(); ++n) {
    const double positive = std::max(plain[n], 0.0);
    EXPECT_NEAR(fused[n], positive, 1e-6 + (GetParam().is_coarse() ? 1e-2 * positive : 0));
  }
}

TEST_P(Operations, MaxPoolingSendsATiesGradientToTheFirstMaximumAlone) {
  const OwnedTensor x(*backend_, {1, 2, 4}, Layout::kFeature, {5, 5, 1, 2, 5, 5, 2, 2});
  const OwnedTensor dy(*backend_, {1, 1, 2}, Layout::kDFeature, {7, 9});
  const OwnedTensor dx(*backend_, {1, 2, 4}, Layout::kDFeature);
  backend_->dmax_pool(dy.get(), x.get(), dx.get(), false);
  EXPECT_EQ(dx.download(*backend_), (HostValues{7, 0, 0, 9, 0, 0, 0, 0}));
}

TEST_P(Operations, PoolingGradientOfDroppedRowsAndColumnsIsZero) {
  const OwnedTensor x(*backend_, {1, 3, 3}, Layout::kFeature, {1, 2, 9, 3, 4, 9, 9, 9, 9});
  const OwnedTensor dy(*backend_, {1, 1, 1}, Layout::kDFeature, {8});
  const OwnedTensor dx(*backend_, {1, 3, 3}, Layout::kDFeature, HostValues(9, 1e30));
  backend_->dmax_pool(dy.get(), x.get(), dx.get(), false);
  EXPECT_EQ(dx.download(*backend_), (HostValues{0, 0, 0, 0, 8, 0, 0, 0, 0}));
  backend_->daverage_pool(dy.get(), dx.get());
  EXPECT_EQ(dx.download(*backend_), (HostValues{2, 2, 0, 2, 2, 0, 0, 0, 0}));
}

TEST_P(Operations, MaxPoolingBehindAReluMasksAsDreluWould) {
  const Shape shape{5, 8, 10};
  Random random(12);
  HostValues values = behind_relu(random_values(random, shape.elements()));
  // A window of zeros has a first maximum too.
  values[0] = values[1] = values[10] = values[11] = 0;
  const OwnedTensor x(*backend_, shape, Layout::kFeature, values);
  const OwnedTensor dy(*backend_, {5, 4, 5}, Layout::kDFeature, random_values(random, 100));
  const OwnedTensor dx(*backend_, shape, Layout::kDFeature);
  backend_->dmax_pool(dy.get(), x.get(), dx.get(), false);
  EXPECT_NE(dx.download(*backend_)[0], 0);
  backend_->drelu(dx.get(), x.get(), dx.get());
  const HostValues expected = dx.download(*backend_);
  EXPECT_EQ(expected[0], 0);
  backend_->dmax_pool(dy.get(), x.get(), dx.get(), true);
  EXPECT_EQ(dx.download(*backend_), expected);
}

// relu → convolution → relu: the masks of both, applied by the convolution between them.
TEST_P(Operations, AConvolutionMasksItsDataGradientAndTakesOneThatIsMasked) {
  Random random(13);
  const ConvolutionWeights weights = random_convolution(4, std::vector<float>(6, 0.1F), random);
  ConvolutionSpec spec{{4, 7, 9}, 6, true, true, true};
  const HostValues dy_values = random_values(random, spec.output().elements());
  const HostValues x_values = behind_relu(random_values(random, spec.input.elements()));
  const auto gradient = [&](bool masked_dy, bool mask_dx) {
    spec.masked_dy = masked_dy;
    spec.mask_dx = mask_dx;
    const auto convolution = backend_->make_convolution(backend_->prepare_filters(weights), spec);
    const auto workspace = backend_->allocate(convolution->workspace_bytes());
    const OwnedTensor x(*backend_, spec.input, Layout::kFeature, x_values);
    const OwnedTensor y(*backend_, spec.output(), Layout::kFeature);
    const OwnedTensor dy(*backend_, spec.output(), Layout::kDFeature, dy_values);
    const OwnedTensor dx(*backend_, spec.input, Layout::kDFeature);
    convolution->forward(x.get(), y.get(), workspace->data());
    if (masked_dy) {
      backend_->drelu(dy.get(), y.get(), dy.get());
    }
    convolution->dforward(dy.get(), x.get(), y.get(), {}, dx.get(), workspace->data());
    return dx.download(*backend_);
  };
  const HostValues plain = gradient(false, false);
  HostValues masked = plain;
  for (std::size_t n = 0; n < masked.size(); ++n) {
    masked[n] = x_values[n] > 0 ? plain[n] : 0;
  }
  // Another way may be chosen for each; a mask's zeros are exact.
  for (const bool masked_dy : {false, true}) {
    EXPECT_LE(relative_error(gradient(masked_dy, false), plain), GetParam().tolerance);
    const HostValues found = gradient(masked_dy, true);
    EXPECT_LE(relative_error(found, masked), GetParam().tolerance);
    for (std::size_t n = 0; n < masked.size(); ++n) {
      EXPECT_TRUE(x_values[n] > 0 || found[n] == 0) << n;
    }
  }
}

TEST_P(Operations, AConvolutionAddsAnotherGradientToItsOwnBeforeItMasksTheSum) {
  Random random(14);
  const ConvolutionWeights weights = random_convolution(9, std::vector<float>(6, 0.1F), random);
  for (const bool pad : {true, false}) {
    ConvolutionSpec spec{{9, 7, 10}, 6, pad, true, true};
    spec.masked_dy = true;
    spec.mask_dx = true;
    const HostValues dy_values = random_values(random, spec.output().elements());
    const HostValues x_values = behind_relu(random_values(random, spec.input.elements()));
    const HostValues other_values = random_values(random, spec.input.elements());
    const auto gradient = [&](bool adds) {
      spec.add_dx = adds;
      const auto convolution = backend_->make_convolution(backend_->prepare_filters(weights), spec);
      const auto workspace = backend_->allocate(convolution->workspace_bytes());
      const OwnedTensor x(*backend_, spec.input, Layout::kFeature, x_values);
      const OwnedTensor y(*backend_, spec.output(), Layout::kFeature);
      const OwnedTensor dy(*backend_, spec.output(), Layout::kDFeature, dy_values);
      const OwnedTensor other(*backend_, spec.input, Layout::kDFeature, other_values);
      const OwnedTensor dx(*backend_, spec.input, Layout::kDFeature);
      convolution->forward(x.get(), y.get(), workspace->data());
      convolution->dforward(dy.get(), x.get(), y.get(), adds ? other.get() : Tensor{}, dx.get(),
                            workspace->data());
      return dx.download(*backend_);
    };
    HostValues expected = gradient(false);
    for (std::size_t n = 0; n < expected.size(); ++n) {
      expected[n] += x_values[n] > 0 ? other_values[n] : 0;
    }
    const HostValues found = gradient(true);
    EXPECT_LE(relative_error(found, expected), GetParam().tolerance);
    for (std::size_t n = 0; n < found.size(); ++n) {
      EXPECT_TRUE(x_values[n] > 0 || found[n] == 0) << n;
    }
  }
}

// More channels than a reduction has partial results; many positions; few of both.
TEST_P(Operations, ChannelsHaveMeansHoweverManyTheyAre) {
  for (const Shape& shape : {Shape{1030, 3, 5}, Shape{7, 90, 101}, Shape{3, 1, 1}}) {
    Random random(15);
    const HostValues values = random_values(random, shape.elements());
    HostValues expected(static_cast<std::size_t>(shape.channels));
    for (std::size_t n = 0; n < values.size(); ++n) {
      expected[n / static_cast<std::size_t>(shape.positions())] +=
          values[n] / static_cast<double>(shape.positions());
    }
    const OwnedTensor f(*backend_, shape, Layout::kFeature, values);
    const OwnedTensor mean(*backend_, flat(shape.channels), Layout::kPlain);
    backend_->channel_means(f.get(), mean.get());
    EXPECT_LE(relative_error(mean.download(*backend_), expected), GetParam().tolerance)
        << to_string(shape);
    const OwnedTensor df(*backend_, shape, Layout::kDFeature);
    backend_->add_to_channels(0.5, mean.get(), df.get());
    backend_->add_to_channels(1, mean.get(), df.get());
    HostValues added(values.size());
    for (std::size_t n = 0; n < added.size(); ++n) {
      added[n] = 1.5 * expected[n / static_cast<std::size_t>(shape.positions())];
    }
    EXPECT_LE(relative_error(df.download(*backend_), added), GetParam().tolerance)
        << to_string(shape);
  }
}

// Square ones of sizes that vector kernels take and do not take, a column times a row, and back.
TEST_P(Operations, MatricesAreMultipliedInRowMajorOrder) {
  struct Sizes {
    std::int64_t rows, inner, columns;
  };
  for (const auto& [rows, inner, columns] :
       {Sizes{64, 64, 64}, {96, 96, 96}, {5, 5, 5}, {5, 1, 5}, {70, 70, 1}, {1, 33, 33}}) {
    Random random(16);
    const HostValues x = random_values(random, rows * inner);
    const HostValues y = random_values(random, inner * columns);
    const HostValues before = random_values(random, rows * columns);
    for (const bool accumulate : {false, true}) {
      HostValues expected = accumulate ? before : HostValues(before.size());
      for (std::int64_t n = 0; n < rows * columns; ++n) {
        for (std::int64_t k = 0; k < inner; ++k) {
          expected[static_cast<std::size_t>(n)] +=
              -0.5 * x[static_cast<std::size_t>(n / columns * inner + k)] *
              y[static_cast<std::size_t>(k * columns + n % columns)];
        }
      }
      const OwnedTensor left(*backend_, {1, rows, inner}, Layout::kPlain, x);
      const OwnedTensor right(*backend_, {1, inner, columns}, Layout::kPlain, y);
      const OwnedTensor product(*backend_, {1, rows, columns}, Layout::kPlain, before);
      backend_->multiply(-0.5, left.get(), right.get(), product.get(), accumulate);
      // In float on every backend, however coarse its feature maps are.
      EXPECT_LE(relative_error(product.download(*backend_), expected), 1e-5)
          << rows << " " << inner << " " << columns;
    }
  }
}

// At sizes of one block, of several, and of parts of some.
TEST_P(Operations, TheFirstConvolutionsGradientReachesThePictureAtOnceWhereTheBackendCan) {
  if (!backend_->feature_storage().gradients_reach_pictures) {
    GTEST_SKIP() << "this backend goes back through a feature map";
  }
  for (const Shape& picture : {Shape{3, 5, 4}, Shape{3, 37, 71}, Shape{3, 1, 130}}) {
    Random random(17);
    const ConvolutionWeights weights = random_convolution(3, std::vector<float>(10, 0.1F), random);
    for (const bool relu : {false, true}) {
      ConvolutionSpec spec{picture, 10, true, relu, true};
      const HostValues x_values = random_values(random, picture.elements());
      const HostValues dy_values = random_values(random, spec.output().elements());
      // Given, not computed: a mask is the same in every precision.
      const HostValues y_values = behind_relu(random_values(random, spec.output().elements()));
      const auto gradient = [&](Backend& backend, bool at_once) {
        spec.to_picture = at_once;
        const auto made = backend.make_convolution(backend.prepare_filters(weights), spec);
        const auto workspace = backend.allocate(made->workspace_bytes());
        const OwnedTensor x(backend, picture, Layout::kFeature, x_values);
        const OwnedTensor y(backend, spec.output(), Layout::kFeature, y_values);
        const OwnedTensor dy(backend, spec.output(), Layout::kDFeature, dy_values);
        const OwnedTensor dx(backend, picture, Layout::kDFeature);
        const OwnedTensor dpicture(backend, picture, Layout::kPlain,
                                   HostValues(static_cast<std::size_t>(picture.elements()), 1e30));
        if (at_once) {
          made->dforward(dy.get(), x.get(), y.get(), {}, dpicture.get(), workspace->data());
        } else {
          made->dforward(dy.get(), x.get(), y.get(), {}, dx.get(), workspace->data());
          backend.dimage_in(dx.get(), dpicture.get());
        }
        return dpicture.download(backend);
      };
      const HostValues expected = gradient(*reference_, false);
      EXPECT_LE(relative_error(gradient(*backend_, true), expected), GetParam().tolerance)
          << to_string(picture) << relu;
    }
  }
}

TEST_P(Operations, ReluLetsNotANumberThrough) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const OwnedTensor x(*backend_, {1, 1, 3}, Layout::kFeature, {nan, -1, 2});
  backend_->relu(x.get(), x.get());
  const HostValues y = x.download(*backend_);
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 0);
  EXPECT_EQ(y[2], 2);
}

TEST_P(Operations, DreluMayWriteOverItsGradientOrItsMask) {
  const HostValues gradient{1, 2, 3, 4};
  const HostValues output{0, 5, 0, 6};
  const HostValues expected{0, 2, 0, 4};
  const OwnedTensor dy(*backend_, {1, 2, 2}, Layout::kDFeature, gradient);
  const OwnedTensor y(*backend_, {1, 2, 2}, Layout::kFeature, output);
  Tensor dx = y.get();
  dx.type = backend_->dfeature_type();
  dx.layout = Layout::kDFeature;
  backend_->drelu(dy.get(), y.get(), dx);
  HostValues masked(4);
  backend_->download(dx, std::span<double>(masked));
  EXPECT_EQ(masked, expected);
  backend_->upload(std::span<const double>(output), y.get());
  backend_->drelu(dy.get(), y.get(), dy.get());
  EXPECT_EQ(dy.download(*backend_), expected);
}

TEST_P(Operations, LossGradientsAccumulateWhereAskedTo) {
  const Shape shape{3, 4, 5};
  Random random(6);
  const OwnedTensor f(*backend_, shape, Layout::kFeature, random_values(random, 60));
  const OwnedTensor p(*backend_, shape, Layout::kFeature, random_values(random, 60));
  const OwnedTensor d(*backend_, square_matrix(3), Layout::kPlain, {1, 2, 3, 2, 5, 6, 3, 6, 9});
  const OwnedTensor slot_memory(*backend_, flat(2), Layout::kPlain);
  const Scalar slot{static_cast<double*>(slot_memory.get().data)};
  const HostValues start = random_values(random, 60);
  const auto gradient = [&](bool accumulate, bool gram) {
    const OwnedTensor df(*backend_, shape, Layout::kDFeature, start);
    if (gram) {
      backend_->dgram(0.5, d.get(), f.get(), df.get(), accumulate);
    } else {
      backend_->squared_difference(0.5, f.get(), p.get(), slot, df.get(), accumulate);
    }
    return df.download(*backend_);
  };
  for (const bool gram : {false, true}) {
    const HostValues overwritten = gradient(false, gram);
    const HostValues accumulated = gradient(true, gram);
    for (std::size_t n = 0; n < start.size(); ++n) {
      const double expected = start[n] + overwritten[n];
      EXPECT_NEAR(accumulated[n], expected,
                  GetParam().is_coarse() ? 2e-2 * (1 + std::abs(expected)) : 1e-5);
    }
  }
}

// Enough positions for a device to cut them into pieces, also where the pieces leave a remainder.
TEST_P(Operations, GramDifferenceIsTheGramMatrixThenTheDifferenceAtManyPositions) {
  for (const Shape& shape : {Shape{3, 64, 128}, Shape{5, 67, 131}, Shape{4, 9, 7}}) {
    Random random(15);
    const HostValues values = random_values(random, shape.elements());
    const double s = 1.0 / static_cast<double>(shape.positions());
    const Shape matrix = square_matrix(shape.channels);
    const HostValues target = random_values(random, matrix.elements());
    const auto run = [&](Backend& backend, bool at_once) {
      const OwnedTensor f(backend, shape, Layout::kFeature, values);
      const OwnedTensor a(backend, matrix, Layout::kPlain, target);
      const OwnedTensor memory(backend, matrix, Layout::kPlain);
      const OwnedTensor slots(backend, flat(1), Layout::kPlain);
      const Scalar slot{static_cast<double*>(slots.get().data)};
      Tensor dg = memory.get();
      if (at_once) {
        dg.type = backend.dfeature_type();
        backend.gram_difference(s, f.get(), 2.5, a.get(), slot, dg);
      } else {
        backend.gram(s, f.get(), dg);
        backend.matrix_difference(2.5, dg, a.get(), slot, dg);
      }
      HostValues result(static_cast<std::size_t>(matrix.elements()));
      backend.download(dg, std::span<double>(result));
      double value = 0;
      backend.read_scalars(slot, std::span(&value, 1));
      const OwnedTensor df(backend, shape, Layout::kDFeature);
      backend.dgram(2 * s, dg, f.get(), df.get(), false);
      return std::pair(result, std::pair(value, df.download(backend)));
    };
    const auto expected = run(*reference_, false);
    const auto apart = run(*backend_, false);
    const auto at_once = run(*backend_, true);
    EXPECT_LE(relative_error(apart.first, expected.first), GetParam().tolerance);
    EXPECT_LE(relative_error(at_once.first, expected.first), GetParam().tolerance);
    // dgram would round D to the type in which it is here already.
    EXPECT_EQ(at_once.second, apart.second) << to_string(shape);
  }
}

TEST_P(Operations, VectorOperationsDoWhatTheySay) {
  const Shape shape{3, 7, 11};
  Random random(9);
  const HostValues a = random_values(random, shape.elements());
  const HostValues b = random_values(random, shape.elements());
  const OwnedTensor x(*backend_, shape, Layout::kPlain, a);
  const OwnedTensor y(*backend_, shape, Layout::kPlain, b);
  const OwnedTensor slots(*backend_, flat(2), Layout::kPlain);
  const Scalar slot{static_cast<double*>(slots.get().data)};
  const auto read = [&] {
    double value = 0;
    backend_->read_scalars(slot, {&value, 1});
    return value;
  };
  double absolute = 0;
  double largest = 0;
  for (const double value : a) {
    absolute += std::abs(value);
    largest = std::max(largest, std::abs(value));
  }
  backend_->dot(x.get(), y.get(), slot);
  EXPECT_NEAR(read(), inner_product(a, b), 1e-4);
  backend_->absolute_sum(x.get(), slot);
  EXPECT_NEAR(read(), absolute, 1e-4);
  backend_->absolute_max(x.get(), slot);
  EXPECT_NEAR(read(), largest, 1e-6);
  backend_->axpy(-2, x.get(), y.get());
  backend_->scale(3, y.get());
  const HostValues moved = y.download(*backend_);
  for (std::size_t n = 0; n < a.size(); ++n) {
    EXPECT_NEAR(moved[n], 3 * (b[n] - 2 * a[n]), 1e-5);
  }
  backend_->fill(std::numeric_limits<double>::quiet_NaN(), y.get());
  backend_->absolute_max(y.get(), slot);
  EXPECT_TRUE(std::isnan(read()));
}

/// `count` random vectors of one length.
std::vector<HostValues> random_vectors(std::size_t count, std::int64_t length) {
  Random random(21);
  std::vector<HostValues> vectors;
  for (std::size_t n = 0; n < count; ++n) {
    vectors.push_back(random_values(random, length));
  }
  return vectors;
}

/// Host vectors in a backend's memory.
struct DeviceVectors {
  DeviceVectors(Backend& backend, const std::vector<HostValues>& vectors) {
    for (const HostValues& values : vectors) {
      owned.push_back(std::make_unique<OwnedTensor>(
          backend, flat(static_cast<std::int64_t>(values.size())), Layout::kPlain, values));
      list.push_back(owned.back()->get());
    }
  }
  std::vector<std::unique_ptr<OwnedTensor>> owned;
  std::vector<Tensor> list;
};

// More vectors than any backend takes in one go, of a length that its pieces do not divide.
TEST_P(Operations, DotsAreAllProductsOfTwoListsOfVectors) {
  const std::vector<HostValues> values = random_vectors(70, 20'011);
  const DeviceVectors x(*backend_, values);
  for (const std::size_t right : {1U, 2U}) {
    const OwnedTensor slots(*backend_, flat(2 * (2 * 70 + 1)), Layout::kPlain);
    const Scalar first{static_cast<double*>(slots.get().data)};
    std::vector<double> dots(70 * right + 1, 12345);
    backend_->write_scalars(dots, first);
    backend_->dots(x.list, std::span(x.list).subspan(40, right), first);
    backend_->read_scalars(first, dots);
    for (std::size_t n = 0; n < 70; ++n) {
      for (std::size_t m = 0; m < right; ++m) {
        const double length = n == 40 + m ? 20'011 : std::sqrt(20'011);
        EXPECT_NEAR(dots[n * right + m], inner_product(values[n], values[40 + m]), 1e-6 * length)
            << n << " and " << m;
      }
    }
    EXPECT_EQ(dots.back(), 12345) << "not asked for";
  }
}

// A resumed run asks for the same products in other company.
TEST_P(Operations, ADotDoesNotDependOnItsCompany) {
  const DeviceVectors x(*backend_, random_vectors(40, 20'011));
  const OwnedTensor slots(*backend_, flat(4 * 80), Layout::kPlain);
  const Scalar first{static_cast<double*>(slots.get().data)};
  std::vector<double> all(80);
  backend_->dots(x.list, std::span(x.list).first(2), first);
  backend_->read_scalars(first, all);
  for (const std::size_t n : {0U, 15U, 31U, 39U}) {
    for (const std::size_t m : {0U, 1U}) {
      double alone = 0;
      backend_->dots(std::span(x.list).subspan(n, 1), std::span(x.list).subspan(m, 1), first);
      backend_->read_scalars(first, {&alone, 1});
      EXPECT_EQ(alone, all[2 * n + m]) << n << " and " << m;
    }
  }
}

TEST_P(Operations, CombineIsTheSumOfMultiples) {
  const std::vector<HostValues> values = random_vectors(70, 20'011);
  const DeviceVectors x(*backend_, values);
  for (const std::size_t count : {1U, 2U, 32U, 33U, 70U}) {
    std::vector<double> c;
    HostValues expected(20'011, 0.0);
    for (std::size_t n = 0; n < count; ++n) {
      c.push_back(std::pow(-1.1, static_cast<double>(n % 7)));
      for (std::size_t k = 0; k < expected.size(); ++k) {
        expected[k] += c[n] * values[n][k];
      }
    }
    const OwnedTensor y(*backend_, flat(20'011), Layout::kPlain, HostValues(20'011, 1e30));
    backend_->combine(c, std::span(x.list).first(count), y.get());
    EXPECT_LE(relative_error(y.download(*backend_), expected), 2e-7) << count;
  }
}

TEST_P(Operations, SeveralRangesOfScalarsAreReadAtOnce) {
  // More than 64 KiB in the second round: a device may have no more page-locked memory for them.
  for (const std::size_t length : {3U, 9000U}) {
    const OwnedTensor slots(*backend_, flat(4 * 9000), Layout::kPlain);
    const auto at = [&](std::size_t n) {
      return Scalar{static_cast<double*>(slots.get().data) + n};
    };
    std::vector<double> written(length);
    std::iota(written.begin(), written.end(), 1.0);
    backend_->write_scalars(written, at(0));
    std::vector<double> all(length);
    std::vector<double> tail(2);
    const std::array ranges{ScalarRange{at(length - 2), tail}, ScalarRange{at(0), all}};
    backend_->read_all(ranges);
    EXPECT_EQ(all, written);
    EXPECT_EQ(tail, (std::vector<double>{written[length - 2], written[length - 1]}));
  }
}

TEST_P(Operations, OneNotANumberAmongManyIsFound) {
  HostValues values(100'003, 1.0);
  values[77'777] = std::numeric_limits<double>::quiet_NaN();
  const OwnedTensor x(*backend_, flat(100'003), Layout::kPlain, values);
  const OwnedTensor slots(*backend_, flat(2), Layout::kPlain);
  const Scalar slot{static_cast<double*>(slots.get().data)};
  backend_->absolute_max(x.get(), slot);
  double value = 0;
  backend_->read_scalars(slot, {&value, 1});
  EXPECT_TRUE(std::isnan(value));
}

TEST_P(Operations, AdamFollowsItsEquations) {
  const Shape shape{3, 2, 2};
  Random random(12);
  const HostValues g = random_values(random, 12);
  const OwnedTensor gradient(*backend_, shape, Layout::kPlain, g);
  const OwnedTensor m(*backend_, shape, Layout::kPlain);
  const OwnedTensor v(*backend_, shape, Layout::kPlain);
  const OwnedTensor x(*backend_, shape, Layout::kPlain);
  const PixelBounds bounds{{-0.15, -0.15, -1}, {0.15, 1, 1}};
  double m1[12] = {};
  double v1[12] = {};
  double x1[12] = {};
  const OwnedTensor steps(*backend_, flat(2), Layout::kPlain);
  for (int t = 1; t <= 3; ++t) {
    const double c1 = 1 - std::pow(0.9, t);
    const double c2 = 1 - std::pow(0.99, t);
    backend_->adam({0.1, 0.9, 0.99, 1e-3}, Scalar{static_cast<double*>(steps.get().data)},
                   gradient.get(), m.get(), v.get(), x.get(), &bounds);
    for (std::size_t n = 0; n < 12; ++n) {
      m1[n] = 0.9 * m1[n] + 0.1 * g[n];
      v1[n] = 0.99 * v1[n] + 0.01 * g[n] * g[n];
      x1[n] -= 0.1 * (m1[n] / c1) / (std::sqrt(v1[n] / c2) + 1e-3);
      x1[n] = std::min(std::max(x1[n], bounds.low[n / 4]), bounds.high[n / 4]);
    }
  }
  const HostValues moved = x.download(*backend_);
  for (std::size_t n = 0; n < 12; ++n) {
    EXPECT_NEAR(moved[n], x1[n], 1e-6);
  }
}

TEST_P(Operations, UploadAndDownloadKeepEveryLayoutsOrder) {
  const Shape shape{5, 3, 4};
  // Every precision holds these exactly.
  HostValues values(static_cast<std::size_t>(shape.elements()));
  std::iota(values.begin(), values.end(), -30.0);
  for (const Layout layout : {Layout::kPlain, Layout::kFeature}) {
    const OwnedTensor x(*backend_, shape, layout, values);
    EXPECT_EQ(x.download(*backend_), values);
    std::vector<float> floats(values.size());
    backend_->download(x.get(), std::span<float>(floats));
    EXPECT_EQ(HostValues(floats.begin(), floats.end()), values);
  }
}

TEST_P(Operations, NothingIsWrittenBeyondTheOutput) {
  // The output lies between two guard bands of one block.
  const Shape in{3, 5, 7};
  const Shape out{4, 5, 7};
  constexpr double kGuard = 12345;
  const OwnedTensor block(*backend_, flat(3 * out.elements()), Layout::kPlain,
                          HostValues(static_cast<std::size_t>(3 * out.elements()), kGuard));
  // Four halves with their padding take as many bytes as four floats.
  Tensor y{static_cast<std::byte*>(block.get().data) +
               static_cast<std::size_t>(out.elements()) * size_of(backend_->pixel_type()),
           out, backend_->feature_type(), Layout::kFeature};
  Random random(14);
  ConvolutionWeights weights;
  weights.in_channels = 3;
  weights.out_channels = 4;
  for (int n = 0; n < 108; ++n) {
    weights.weight.push_back(static_cast<float>(random.normal()));
  }
  weights.bias = {1, 2, 3, 4};
  const ConvolutionSpec spec{in, 4, true, true, false};
  const auto convolution = backend_->make_convolution(backend_->prepare_filters(weights), spec);
  const auto workspace = backend_->allocate(convolution->workspace_bytes());
  const OwnedTensor x(*backend_, in, Layout::kFeature, random_values(random, in.elements()));
  convolution->forward(x.get(), y, workspace->data());
  const HostValues after = block.download(*backend_);
  const auto count = static_cast<std::size_t>(out.elements());
  for (std::size_t n = 0; n < count; ++n) {
    EXPECT_EQ(after[n], kGuard);
    EXPECT_EQ(after[2 * count + n], kGuard);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Operations, testing::ValuesIn(every_way_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

}  // namespace
}  // namespace impasto
