// The public walk: the features and pixel gradients of the internal network, for losses of one's
// own.
#include "impasto/walk.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <type_traits>

#include "backend/cpu/cpu_backend.hpp"
#include "image/normalise.hpp"
#include "image/picture_files.hpp"
#include "impasto/error.hpp"
#include "network/network.hpp"
#include "support/setting.hpp"
#include "support/small_network.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

const std::vector<std::string> kTaps{"relu2_1", "conv1_2", "pool1"};  // not in network order

FeatureWalkOptions cpu_options(const std::vector<std::string>& taps = kTaps) {
  FeatureWalkOptions options;
  options.taps = taps;
  options.device = DeviceKind::kCpu;
  options.threads = 1;
  return options;
}

NetworkWeights weights() {
  return small_network({{4, 4}, {6, 6}}, 3);
}

FeatureWalk make_walk(const FeatureWalkOptions& options = cpu_options()) {
  return {weights(), 13, 11, options};
}

/// Fixed gradients for these features.
std::vector<FeatureMap> random_gradients(std::vector<FeatureMap> maps) {
  Random random(5);
  for (FeatureMap& map : maps) {
    for (float& value : map.values) {
      value = static_cast<float>(random.normal());
    }
  }
  return maps;
}

double inner(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t n = 0; n < a.size(); ++n) {
    sum += static_cast<double>(a[n]) * static_cast<double>(b[n]);
  }
  return sum;
}

/// The walk by the network that transfers run on.
struct InternalWalk {
  explicit InternalWalk(const FeatureWalkOptions& options) : prepared(*backend, network_weights) {
    const std::vector<Layer> layers = layers_of(network_weights);
    walk.picture = {3, 11, 13};
    walk.pooling = options.pooling;
    walk.padding = options.padding;
    for (const std::string& tap : options.taps) {
      walk.taps.push_back(find_tap(layers, tap));
    }
  }

  std::unique_ptr<Backend> backend = make_cpu_backend(1);
  NetworkWeights network_weights = weights();
  WalkOptions walk;
  PreparedNetwork prepared;
};

std::vector<FeatureWalkOptions> every_kind() {
  std::vector<FeatureWalkOptions> kinds;
  for (const Pooling pooling : {Pooling::kMax, Pooling::kAverage}) {
    for (const Padding padding : {Padding::kZero, Padding::kReflect, Padding::kReplicate}) {
      kinds.push_back(cpu_options());
      kinds.back().pooling = pooling;
      kinds.back().padding = padding;
    }
  }
  return kinds;
}

TEST(FeatureWalk, IsTheInternalNetworksWalkThereAndBack) {
  const Image picture = test_picture(13, 11, 1);
  for (const FeatureWalkOptions& options : every_kind()) {
    FeatureWalk walk = make_walk(options);
    const Image x = walk.normalise(picture);
    const std::vector<FeatureMap> features = walk.forward(x);
    const std::vector<FeatureMap> dfeatures = random_gradients(features);
    const Image dx = walk.backward(dfeatures);

    InternalWalk internal(options);
    Network network(internal.prepared, internal.walk);
    const OwnedTensor expected_x = device_picture(*internal.backend, x);
    const OwnedTensor expected_dx = device_picture(*internal.backend, 13, 11);
    network.forward(expected_x.get());
    ASSERT_EQ(features.size(), kTaps.size());
    for (std::size_t tap = 0; tap < kTaps.size(); ++tap) {
      const Tensor feature = network.tap(tap);
      EXPECT_EQ(features[tap].tap, kTaps[tap]);
      EXPECT_EQ((Shape{features[tap].channels, features[tap].height, features[tap].width}),
                feature.shape);
      std::vector<float> values(static_cast<std::size_t>(feature.elements()));
      internal.backend->download(feature, std::span<float>(values));
      EXPECT_EQ(features[tap].values, values) << kTaps[tap];
    }
    network.backward(
        [&](std::size_t tap, const Tensor& /*feature*/, const Tensor& dfeature, bool accumulate) {
          std::vector<float> values(static_cast<std::size_t>(dfeature.elements()));
          if (accumulate) {
            internal.backend->download(dfeature, std::span<float>(values));
          }
          for (std::size_t n = 0; n < values.size(); ++n) {
            values[n] += dfeatures[tap].values[n];
          }
          internal.backend->upload(std::span<const float>(values), dfeature);
        },
        expected_dx.get());
    EXPECT_EQ(dx.rgb, download_image(*internal.backend, expected_dx.get()).rgb);
  }
}

// L = Σ ⟨r, F⟩ over all taps has dL/dF = r: its derivative along d must be ⟨dx, d⟩. Average pooling
// and a short step keep kinks rare; single precision leaves about three digits.
TEST(FeatureWalk, GradientAgreesWithCentralDifferences) {
  FeatureWalkOptions options = cpu_options();
  options.pooling = Pooling::kAverage;
  FeatureWalk walk = make_walk(options);
  const Image x = walk.normalise(test_picture(13, 11, 2));
  const std::vector<FeatureMap> r = random_gradients(walk.forward(x));
  const Image dx = walk.backward(r);
  const auto loss = [&](double h) {
    Image moved = x;
    for (std::size_t n = 0; n < x.rgb.size(); ++n) {
      moved.rgb[n] += static_cast<float>(h) * dx.rgb[n];
    }
    const std::vector<FeatureMap> maps = walk.forward(moved);
    double sum = 0;
    for (std::size_t tap = 0; tap < maps.size(); ++tap) {
      sum += inner(maps[tap].values, r[tap].values);
    }
    return sum;
  };
  const double step = 1e-3;
  const double analytic = inner(dx.rgb, dx.rgb);
  EXPECT_GT(analytic, 1);
  EXPECT_NEAR((loss(step) - loss(-step)) / (2 * step) / analytic, 1, 0.01);
}

TEST(FeatureWalk, EveryTapsGradientArrives) {
  FeatureWalk walk = make_walk();
  const Image x = walk.normalise(test_picture(13, 11, 3));
  const std::vector<FeatureMap> all = random_gradients(walk.forward(x));
  const Image expected = walk.backward(all);
  std::vector<float> sum(expected.rgb.size());
  for (std::size_t tap = 0; tap < kTaps.size(); ++tap) {
    std::vector<FeatureMap> one = all;
    for (std::size_t other = 0; other < kTaps.size(); ++other) {
      if (other != tap) {
        one[other].values.assign(one[other].values.size(), 0);
      }
    }
    walk.forward(x);
    const Image dx = walk.backward(one);
    EXPECT_GT(inner(dx.rgb, dx.rgb), 0) << kTaps[tap];
    for (std::size_t n = 0; n < sum.size(); ++n) {
      sum[n] += dx.rgb[n];
    }
  }
  for (std::size_t n = 0; n < sum.size(); ++n) {
    EXPECT_NEAR(sum[n], expected.rgb[n], 1e-4 * (1 + std::abs(expected.rgb[n])));
  }
}

TEST(FeatureWalk, CanBeWalkedAgainAndMoved) {
  FeatureWalk walk = make_walk();
  const Image x = walk.normalise(test_picture(13, 11, 4));
  const std::vector<FeatureMap> features = walk.forward(x);
  const Image dx = walk.backward(random_gradients(features));
  FeatureWalk moved = std::move(walk);
  EXPECT_EQ(moved.forward(x)[0].values, features[0].values);
  EXPECT_EQ(moved.backward(random_gradients(features)).rgb, dx.rgb);
  EXPECT_FALSE(std::is_copy_constructible_v<FeatureWalk>);
  EXPECT_EQ(moved.device(), "cpu, 1 thread");
}

TEST(FeatureWalk, InputSpaceIsTheNetworksAndBack) {
  const FeatureWalk walk = make_walk();
  Image picture = test_picture(7, 5, 5);  // of any size
  picture.alpha.assign(35, 0.5F);
  const Image x = walk.normalise(picture);
  EXPECT_TRUE(x.alpha.empty());
  EXPECT_NEAR(x.rgb[0], (picture.rgb[0] - 0.485) / 0.229, 1e-6);
  const Image back = walk.denormalise(x);
  for (std::size_t n = 0; n < picture.rgb.size(); ++n) {
    EXPECT_NEAR(back.rgb[n], picture.rgb[n], 1e-6);
  }
}

/// Expects an Error of this type whose line contains `part`.
template <typename Thrown, typename Call>
void expect_refused(const Call& call, const std::string& part) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown; expected " << part;
  } catch (const Thrown& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

TEST(FeatureWalk, RefusesTapsThatItCannotReach) {
  const auto with = [](const std::vector<std::string>& taps) {
    return [taps] { make_walk(cpu_options(taps)); };
  };
  expect_refused<UsageError>(with({"relu9_9"}), "relu9_9");
  expect_refused<InputError>(with({"relu5_1"}), "relu5_1");
  expect_refused<UsageError>(with({}), "relu1_1");
  expect_refused<UsageError>(with({"relu1_1", "relu2_1", "relu1_1"}), "named twice");
}

TEST(FeatureWalk, RefusesSizesThatDoNotFit) {
  expect_refused<UsageError>([] { FeatureWalk(weights(), 0, 11, cpu_options()); }, "0 x 11");
  expect_refused<UsageError>([] { FeatureWalk(weights(), 13, -1, cpu_options()); }, "13 x -1");
  expect_refused<InputError>([] { FeatureWalk(weights(), 1, 1, cpu_options()); }, "too small");
  FeatureWalk walk = make_walk();
  expect_refused<UsageError>([&] { walk.forward(test_picture(11, 13, 1)); }, "13 x 11");
  Image damaged(13, 11);
  damaged.rgb.pop_back();
  expect_refused<UsageError>([&] { walk.forward(damaged); }, "13 x 11");
}

TEST(FeatureWalk, RefusesGradientsThatDoNotFit) {
  FeatureWalk walk = make_walk();
  const std::vector<FeatureMap> right = walk.forward(test_picture(13, 11, 1));
  const auto refuses = [&](const auto& damage, const std::string& part) {
    std::vector<FeatureMap> wrong = right;
    damage(wrong);
    expect_refused<UsageError>([&] { walk.backward(wrong); }, part);
  };
  refuses([](auto& maps) { maps.pop_back(); }, "2 gradients for 3 taps");
  refuses([](auto& maps) { std::swap(maps[0], maps[1]); }, "conv1_2");
  refuses([](auto& maps) { maps[1].values.pop_back(); }, "conv1_2");
  refuses([](auto& maps) { std::swap(maps[2].width, maps[2].height); }, "pool1");
  walk.backward(right);  // a refusal uses nothing up
}

TEST(FeatureWalk, ThatIsDeterministicTimesNothing) {
  const TempFolder cache;
  const Setting folder("IMPASTO_CACHE", cache / "");
  const Setting mode("IMPASTO_CONVOLUTION", "measure");
  FeatureWalkOptions options = cpu_options({"relu1_2"});
  const NetworkWeights wide = small_network({{16, 16}}, 5);
  options.deterministic = true;
  FeatureWalk{wide, 13, 11, options};
  EXPECT_TRUE(std::filesystem::is_empty(cache / ""));
  options.deterministic = false;
  FeatureWalk{wide, 13, 11, options};
  EXPECT_FALSE(std::filesystem::is_empty(cache / "")) << "timed, and kept";
}

TEST(FeatureWalk, EachBackwardNeedsItsForward) {
  FeatureWalk walk = make_walk();
  const Image x = test_picture(13, 11, 1);
  FeatureWalk other = make_walk();
  const std::vector<FeatureMap> maps = other.forward(x);
  expect_refused<UsageError>([&] { walk.backward(maps); }, "forward");
  walk.forward(x);
  walk.backward(maps);
  expect_refused<UsageError>([&] { walk.backward(maps); }, "forward");
}

TEST(Calibrated, UnscaledWeightsAreRefusedUntilTheyAreCalibrated) {
  NetworkWeights open = weights();
  open.calibrate = true;
  const FeatureWalkOptions options = cpu_options({"conv2_1", "conv1_1"});
  expect_refused<UsageError>([&] { FeatureWalk(open, 20, 16, options); }, "calibrated");
  expect_refused<UsageError>([&] { calibrated(open, {}, options); }, "picture");
  expect_refused<UsageError>([&] { calibrated(open, {Image()}, options); }, "empty");
  expect_refused<InputError>([&] { calibrated(open, {Image(1, 1)}, options); }, "too small");
  expect_refused<UsageError>([&] { calibrated(open, {Image(9, 9)}, cpu_options({})); }, "tap");
}

TEST(Calibrated, EveryChannelHasMeanZeroAndDeviationOne) {
  NetworkWeights open = weights();
  open.calibrate = true;
  const FeatureWalkOptions options = cpu_options({"conv2_1", "conv1_1"});
  const Image picture = test_picture(20, 16, 6);
  FeatureWalk walk(calibrated(open, {picture}, options), 20, 16, options);
  for (const FeatureMap& map : walk.forward(walk.normalise(picture))) {
    for (std::int64_t channel = 0; channel < map.channels; ++channel) {
      double sum = 0;
      double squares = 0;
      for (std::int64_t n = channel * map.positions(); n < (channel + 1) * map.positions(); ++n) {
        const double value = map.values[static_cast<std::size_t>(n)];
        sum += value;
        squares += value * value;
      }
      const auto count = static_cast<double>(map.positions());
      EXPECT_NEAR(sum / count, 0, 1e-4) << map.tap << " " << channel;
      EXPECT_NEAR(squares / count, 1, 1e-3) << map.tap << " " << channel;
    }
  }
}

TEST(Calibrated, TrainedWeightsComeBackAsTheyAre) {
  const NetworkWeights trained = weights();
  const NetworkWeights same = calibrated(trained, {}, cpu_options());
  ASSERT_EQ(same.convolutions.size(), trained.convolutions.size());
  EXPECT_EQ(same.convolutions[1].weight, trained.convolutions[1].weight);
}

}  // namespace
}  // namespace impasto
