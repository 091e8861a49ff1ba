#include "explain/page/explanation_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace impasto {
namespace {

constexpr std::int64_t kWidth = 256;
constexpr std::int64_t kHeight = 192;
constexpr int kEvaluations = 40;
constexpr std::int64_t kFilters = 64;
constexpr std::int64_t kLongestMapSide = 96;

/// Numbers in [low, high), the same on every system.
class Noise {
 public:
  double operator()(double low = -1, double high = 1) {
    return low + (high - low) * static_cast<double>(engine_() - std::minstd_rand::min()) /
                     static_cast<double>(std::minstd_rand::max());
  }

 private:
  std::minstd_rand engine_{7};
};

/// Soft waves with some grain, as pictures and feature maps have.
double wave(std::int64_t x, std::int64_t y, double phase) {
  return std::sin(0.13 * static_cast<double>(x) + phase) *
         std::cos(0.09 * static_cast<double>(y) - 2 * phase);
}

Image picture_of(Noise& noise, double phase, double grain) {
  Image image(kWidth, kHeight);
  for (std::size_t n = 0; n < image.rgb.size(); ++n) {
    const auto place = static_cast<std::int64_t>(n);
    const std::int64_t pixel = place % image.pixels();
    const auto plane = static_cast<double>(place / image.pixels());
    image.rgb[n] = static_cast<float>(
        0.5 + 0.4 * wave(pixel % kWidth, pixel / kWidth, phase + plane) + grain * noise());
  }
  return image;
}

Image gradient_of(Noise& noise, double size) {
  Image image(kWidth, kHeight);
  for (float& value : image.rgb) {
    const double grain = noise();
    value = static_cast<float>(size * grain * grain * grain);
  }
  return image;
}

Grid map_of(Noise& noise, const Shape& shape, double phase, bool is_signed) {
  const double shrink =
      std::max(1.0, static_cast<double>(std::max(shape.width, shape.height)) / kLongestMapSide);
  Grid grid;
  grid.width = static_cast<std::int64_t>(static_cast<double>(shape.width) / shrink);
  grid.height = static_cast<std::int64_t>(static_cast<double>(shape.height) / shrink);
  for (std::int64_t n = 0; n < grid.width * grid.height; ++n) {
    const double value = 8 * wave(n % grid.width, n / grid.width, phase) + 3 * noise();
    grid.values.push_back(static_cast<float>(is_signed ? value : std::max(value, 0.0)));
  }
  return grid;
}

/// VGG-19's layers to relu5_1.
std::vector<Station> layers_to_relu5_1() {
  std::vector<Station> stations;
  std::int64_t height = kHeight;
  std::int64_t width = kWidth;
  std::int64_t field = 1;
  std::int64_t stride = 1;
  std::int64_t channels = 3;
  const auto add = [&](const std::string& tap, LayerKind kind, double mflop) {
    Station station;
    station.tap = tap;
    station.kind = kind;
    station.shape = {channels, height, width};
    station.receptive_field = field;
    station.stride = stride;
    station.mflop = mflop;
    station.bytes = static_cast<std::size_t>(4 * station.shape.elements());
    stations.push_back(station);
  };
  const int layers[] = {2, 2, 4, 4, 1};
  for (int block = 1; block <= 5; ++block) {
    for (int index = 1; index <= layers[block - 1]; ++index) {
      const std::string suffix = std::to_string(block) + "_" + std::to_string(index);
      const std::int64_t inputs = channels;
      channels = std::min<std::int64_t>(512, 64 << (block - 1));
      field += 2 * stride;
      add("conv" + suffix, LayerKind::kConvolution,
          18e-6 * static_cast<double>(inputs * channels * height * width));
      add("relu" + suffix, LayerKind::kRelu, 0);
    }
    if (block < 5) {
      field += stride;
      stride *= 2;
      height /= 2;
      width /= 2;
      add("pool" + std::to_string(block), LayerKind::kPool, 0);
    }
  }
  return stations;
}

void fill_station(Noise& noise, std::size_t stops, Station& station) {
  const bool is_signed = station.kind == LayerKind::kConvolution;
  station.content_tap = station.tap == "relu4_2" || station.tap == "relu3_1";
  station.style_tap = station.tap.substr(0, 4) == "relu" && station.tap.substr(5) == "_1";
  station.activations = {noise(0, 3), noise(1, 4), is_signed ? noise(-20, -10) : 0, noise(20, 30),
                         is_signed ? 0 : noise(0.3, 0.7)};
  for (int n = 0; n < 8; ++n) {
    station.strongest.push_back({(7 * n + 3) % station.shape.channels,
                                 map_of(noise, station.shape, static_cast<double>(n), is_signed)});
  }
  for (std::size_t stop = 0; stop < stops; ++stop) {
    const double joining = station.content_tap || station.style_tap ? noise(1, 2) : 0;
    const double arriving = noise(3, 5) / static_cast<double>(stop + 1);
    station.gradients.push_back({arriving, joining, std::hypot(arriving, joining)});
  }
}

Grid gram_of(Noise& noise, std::int64_t side, double closeness) {
  Grid grid{side, side, {}};
  for (std::int64_t n = 0; n < side * side; ++n) {
    const bool diagonal = n % side == n / side;
    const double value = diagonal ? 40 : 4 + 3 * wave(n % side, n / side, 0.3);
    grid.values.push_back(static_cast<float>(value * (1 + closeness * noise())));
  }
  return grid;
}

Grid difference_of(const Grid& a, const Grid& b) {
  Grid result = a;
  for (std::size_t n = 0; n < a.values.size(); ++n) {
    result.values[n] -= b.values[n];
  }
  return result;
}

GramView gram_view(Noise& noise, const Station& station, const std::vector<std::int64_t>& stops) {
  GramView view;
  view.tap = station.tap;
  view.channels = station.shape.channels;
  for (std::int64_t n = 0; n < std::min<std::int64_t>(64, view.channels); ++n) {
    view.shown.push_back(n * view.channels / 64);
  }
  view.target = gram_of(noise, static_cast<std::int64_t>(view.shown.size()), 0.1);
  for (const std::int64_t stop : stops) {
    const Grid gram = gram_of(noise, view.target.width, 1.0 / static_cast<double>(stop));
    view.at.push_back({stop, gram, difference_of(gram, view.target),
                       noise(1e4, 2e4) / static_cast<double>(stop)});
  }
  return view;
}

void add_shares(Noise& noise, Explanation& explanation) {
  double sum = 0;
  const auto add = [&](const std::string& name, const std::string& tap, double share) {
    LossShare alone{name, tap, gradient_of(noise, noise(1e-4, 1e-2)), {}};
    for (std::size_t stop = 0; stop < explanation.stops.size(); ++stop) {
      // Only at the compared stop do the shares add up.
      const double there = stop == explanation.compared ? share : share + noise(0.1, 0.2);
      alone.at.push_back({noise(100, 5000), noise(0.5, 3), there});
    }
    explanation.shares.push_back(std::move(alone));
    sum += share;
  };
  for (const Station& station : explanation.stations) {
    if (station.content_tap) {
      add("content " + station.tap, station.tap, -0.1 + noise(0, 0.05));
    }
    if (station.style_tap) {
      add("style " + station.tap, station.tap, noise(0.15, 0.25));
    }
  }
  add("total variation", "", 1 - sum);
  const std::size_t count = explanation.shares.size();
  explanation.cosines.assign(count * count, 1);
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t column = 0; column < row; ++column) {
      explanation.cosines[row * count + column] = explanation.cosines[column * count + row] =
          noise();
    }
  }
}

void add_trace(Noise& noise, Explanation& explanation) {
  for (int n = 1; n <= kEvaluations; ++n) {
    TraceRow row;
    row.iteration = n;
    row.content = n == 1 ? 0 : 900 - 600.0 / n + 20 * noise();
    row.style = 3.2e6 / (n * n) + 1500 + 40 * noise();
    row.tv = 120 + noise();
    row.total = row.content + row.style + row.tv;
    row.seconds = 0.3 * n;
    explanation.trace.push_back(row);
  }
}

WorkedChannel worked_channel(Noise& noise, const Explanation& explanation, const WorkedPixel& pixel,
                             std::int64_t channel) {
  WorkedChannel worked;
  for (std::int64_t k = 0; k < kFilters; ++k) {
    for (std::int64_t n = 0; n < 9; ++n) {
      worked.sum +=
          static_cast<double>(
              explanation.first_filters[static_cast<std::size_t>((k * 3 + channel) * 9 + n)]) *
          static_cast<double>(pixel.dz[static_cast<std::size_t>(k * 9 + n)]);
    }
  }
  worked.tv = 0.01 * noise();
  worked.backend = static_cast<double>(static_cast<float>((worked.sum + worked.tv) * (1 + 2e-6)));
  worked.numeric = worked.backend * (1 + 3e-4 * noise());
  worked.loss_change = explanation.numeric_step * worked.numeric;
  for (int n = 0; n < kEvaluations; ++n) {
    worked.path.push_back(std::sqrt(n) * 4 + noise(-1, 1));
    worked.path_gradient.push_back(noise(-2, 1) / (n + 1));
  }
  return worked;
}

void add_pixels(Noise& noise, Explanation& explanation) {
  for (std::int64_t n = 0; n < kFilters * 27; ++n) {
    explanation.first_filters.push_back(static_cast<float>(noise(-0.4, 0.4)));
  }
  explanation.numeric_step = 0.5;
  for (const auto& [x, y] : {std::pair{128, 96}, {40, 150}, {210, 33}}) {
    WorkedPixel pixel;
    pixel.x = x;
    pixel.y = y;
    for (std::int64_t n = 0; n < kFilters * 9; ++n) {
      pixel.dz.push_back(static_cast<float>(noise(-0.05, 0.05)));
    }
    for (std::int64_t channel = 0; channel < 3; ++channel) {
      pixel.channel(channel) = worked_channel(noise, explanation, pixel, channel);
    }
    explanation.pixels.push_back(pixel);
  }
}

void add_adam(Explanation& explanation) {
  OptimizerView& view = explanation.optimizer;
  view.adam_channel = 1;
  view.adam_deviation = 2.4e-6;
  double m = 0;
  double v = 0;
  const std::vector<double>& path = explanation.pixels[0].channel(1).path_gradient;
  for (std::size_t n = 0; n < path.size(); ++n) {
    const auto t = static_cast<double>(n + 1);
    m = 0.9 * m + 0.1 * path[n];
    v = 0.999 * v + 0.001 * path[n] * path[n];
    const double step =
        -10 * m / (1 - std::pow(0.9, t)) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
    view.adam.push_back({m, v, step});
  }
}

void add_pairs(Noise& noise, Explanation& explanation) {
  for (int n = 0; n < 10; ++n) {
    explanation.optimizer.pairs.push_back(
        {noise(50, 200), noise(0.1, 0.9), noise(1e-3, 1e-2), noise(100, 300)});
  }
}

void add_choices(Noise& noise, Explanation& explanation) {
  explanation.pool = PoolWindow{"pool1",
                                7,
                                31,
                                17,
                                {1.25, 0.5, 3.75, 2},
                                -0.08,
                                {0, 0, -0.08, 0},
                                {-0.02, -0.02, -0.02, -0.02}};
  explanation.alternatives = {{"style taps before ReLU (conv1_1, …)",
                               "after ReLU (relu1_1, …)",
                               gradient_of(noise, 3e-3),
                               {}},
                              {"average pooling", "max pooling", gradient_of(noise, 2e-3), {}}};
  for (Alternative& alternative : explanation.alternatives) {
    for (std::size_t stop = 0; stop < explanation.stops.size(); ++stop) {
      alternative.at.push_back({noise(1, 2), noise(0.5, 0.9)});
    }
  }
  for (const double factor : {0.01, 0.1, 1.0, 10.0, 100.0}) {
    explanation.weight_choices.push_back(
        {factor, noise(0.6, 1) / (1 + factor), noise(0.6, 1) * factor / (1 + factor)});
  }
}

}  // namespace

Explanation explanation_fixture(OptimizerKind optimizer) {
  Noise noise;
  Explanation explanation;
  explanation.program = "impasto 0.1.0 (0123456789ab)";
  explanation.device = "cpu, 2 threads";
  explanation.content_name = R"(fish</b>/<b>"chips" & 'peas'.jpg)";
  explanation.style_names = {"</script><script>alert(1)<script>.jpg", "\xff not UTF-8 ]]>.png"};
  explanation.weights_name = "/home/somebody/weights/vgg19.h5";
  explanation.settings = {{"--optimizer", optimizer == OptimizerKind::kAdam ? "adam" : "lbfgs"},
                          {"--content-weight", "5"},
                          {"--style-layers", "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1"},
                          {"--init", "a<b>&c*d*"}};
  explanation.content = picture_of(noise, 0.2, 0.02);
  explanation.styles = {picture_of(noise, 1.7, 0.15), picture_of(noise, 2.9, 0.05)};
  explanation.options.optimizer = optimizer;
  explanation.options.learning_rate = 10;
  explanation.options.content_weight = 5;
  explanation.options.tv_weight = 1e-3;
  explanation.style_weight = 123.456;
  add_trace(noise, explanation);
  for (const std::int64_t updates : {0, 1, 2, 5, 10, 20, 40}) {
    explanation.moments.push_back(
        {updates, picture_of(noise, 0.2 + 0.02 * static_cast<double>(updates), 0.05)});
  }
  explanation.stops = {1, 6, kEvaluations};
  explanation.compared = 1;
  explanation.stations = layers_to_relu5_1();
  for (Station& station : explanation.stations) {
    fill_station(noise, explanation.stops.size(), station);
    if (station.style_tap) {
      explanation.grams.push_back(gram_view(noise, station, explanation.stops));
    }
  }
  explanation.pixel_norm = {31.4159, 4.25, 0.00271828};
  add_shares(noise, explanation);
  explanation.gradient = gradient_of(noise, 5e-3);
  explanation.compared_gradient = gradient_of(noise, 5e-3);
  add_pixels(noise, explanation);
  explanation.optimizer.kind = optimizer;
  if (optimizer == OptimizerKind::kAdam) {
    add_adam(explanation);
  } else {
    add_pairs(noise, explanation);
  }
  add_choices(noise, explanation);
  explanation.run_seconds = 12.34;
  explanation.explain_seconds = 1.25;
  return explanation;
}

}  // namespace impasto
