// A loss of one's own, through the public API alone: each channel's mean and standard deviation are
// drawn to those of a painting (the statistics of Huang & Belongie 2017), while one deep layer
// keeps the photograph. No Gram matrix anywhere.
//
//   own_loss PHOTO PAINTING OUT WEIGHTS [SIZE] [STEPS]
#include <impasto/impasto.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

using impasto::FeatureMap;
using impasto::Image;

const std::vector<std::string> kTaps{"relu1_1", "relu2_1", "relu3_1"};
constexpr double kContentWeight = 0.05;  // against the deepest tap's features of the photograph

struct Statistics {
  double mean = 0;
  double deviation = 0;
};

/// Of one channel's M values F: mean μ, deviation σ = √(Σ (F − μ)² / M + ε).
Statistics statistics_of(const FeatureMap& map, std::int64_t channel) {
  const float* f = map.values.data() + channel * map.positions();
  const auto m = static_cast<double>(map.positions());
  Statistics result;
  double squares = 0;
  for (std::int64_t n = 0; n < map.positions(); ++n) {
    result.mean += f[n] / m;
    squares += static_cast<double>(f[n]) * f[n] / m;
  }
  result.deviation = std::sqrt(std::max(squares - result.mean * result.mean, 0.0) + 1e-6);
  return result;
}

/// L = Σ over taps 1/C Σ over channels (μ − μ*)² + (σ − σ*)², and its gradient
/// dL/dF = 2/C ((μ − μ*) + (σ − σ*) (F − μ) / σ) / M, from dμ/dF = 1/M, dσ/dF = (F − μ) / (M σ).
double style_loss(const FeatureMap& map, const FeatureMap& target, FeatureMap& dmap) {
  double loss = 0;
  for (std::int64_t c = 0; c < map.channels; ++c) {
    const Statistics is = statistics_of(map, c);
    const Statistics should = statistics_of(target, c);
    const double mean = is.mean - should.mean;
    const double deviation = is.deviation - should.deviation;
    loss += (mean * mean + deviation * deviation) / static_cast<double>(map.channels);
    const double factor = 2.0 / static_cast<double>(map.channels * map.positions());
    for (std::int64_t n = c * map.positions(); n < (c + 1) * map.positions(); ++n) {
      const double f = map.values[static_cast<std::size_t>(n)];
      dmap.values[static_cast<std::size_t>(n)] =
          static_cast<float>(factor * (mean + deviation * (f - is.mean) / is.deviation));
    }
  }
  return loss;
}

/// L = w/N Σ (F − P)² over all N values, dL/dF = 2w/N (F − P), added to dmap.
double content_loss(const FeatureMap& map, const FeatureMap& target, FeatureMap& dmap) {
  const double factor = kContentWeight / static_cast<double>(map.values.size());
  double loss = 0;
  for (std::size_t n = 0; n < map.values.size(); ++n) {
    const double difference = map.values[n] - target.values[n];
    loss += factor * difference * difference;
    dmap.values[n] += static_cast<float>(2 * factor * difference);
  }
  return loss;
}

/// The whole loss as a function of the picture, and its gradient at the pixels.
class OwnLoss {
 public:
  OwnLoss(impasto::FeatureWalk& walk, std::vector<FeatureMap> photo,
          std::vector<FeatureMap> painting)
      : walk_(walk), photo_(std::move(photo)), painting_(std::move(painting)) {}

  double operator()(const Image& x, Image* dx) {
    const std::vector<FeatureMap> maps = walk_.forward(x);
    std::vector<FeatureMap> dmaps = maps;
    double loss = 0;
    for (std::size_t tap = 0; tap < maps.size(); ++tap) {
      loss += style_loss(maps[tap], painting_[tap], dmaps[tap]);
    }
    loss += content_loss(maps.back(), photo_.back(), dmaps.back());
    if (dx != nullptr) {
      *dx = walk_.backward(dmaps);
    }
    return loss;
  }

 private:
  impasto::FeatureWalk& walk_;
  std::vector<FeatureMap> photo_;
  std::vector<FeatureMap> painting_;
};

/// Adam (Kingma & Ba 2015, algorithm 1) with its usual constants.
void minimise(OwnLoss& loss, Image& x, int steps, double rate) {
  std::vector<double> m(x.rgb.size());
  std::vector<double> v(x.rgb.size());
  for (int t = 1; t <= steps; ++t) {
    Image dx;
    const double value = loss(x, &dx);
    if (t == 1 || t % 20 == 0 || t == steps) {
      std::cout << "step " << t << ": loss " << value << std::endl;
    }
    const double m_unbiased = 1 / (1 - std::pow(0.9, t));
    const double v_unbiased = 1 / (1 - std::pow(0.999, t));
    for (std::size_t n = 0; n < x.rgb.size(); ++n) {
      const double g = dx.rgb[n];
      m[n] = 0.9 * m[n] + 0.1 * g;
      v[n] = 0.999 * v[n] + 0.001 * g * g;
      x.rgb[n] -=
          static_cast<float>(rate * m_unbiased * m[n] / (std::sqrt(v_unbiased * v[n]) + 1e-8));
    }
  }
}

/// (L(x + h d) − L(x − h d)) / 2h along the gradient's own direction d should be the gradient's
/// length. In single precision two or three digits agree.
void check_gradient(OwnLoss& loss, const Image& x) {
  Image dx;
  loss(x, &dx);
  double length = 0;
  for (const float g : dx.rgb) {
    length += static_cast<double>(g) * g;
  }
  length = std::sqrt(length);
  const double step = 0.01;
  const auto moved = [&](double h) {
    Image there = x;
    for (std::size_t n = 0; n < x.rgb.size(); ++n) {
      there.rgb[n] += static_cast<float>(h * dx.rgb[n] / length);
    }
    return loss(there, nullptr);
  };
  const double numeric = (moved(step) - moved(-step)) / (2 * step);
  std::cout << "gradient along itself: analytic " << length << ", numeric " << numeric << ", ratio "
            << numeric / length << '\n';
}

Image at_size(const Image& image, std::int64_t long_side) {
  const double factor =
      static_cast<double>(long_side) / static_cast<double>(std::max(image.width, image.height));
  return impasto::resize(image, std::lround(factor * static_cast<double>(image.width)),
                         std::lround(factor * static_cast<double>(image.height)));
}

void run(const std::vector<std::string>& words) {
  const std::int64_t size = words.size() > 4 ? std::atoll(words[4].c_str()) : 128;
  const int steps = words.size() > 5 ? std::atoi(words[5].c_str()) : 100;
  const Image photo = at_size(impasto::load_image(words[0]), size);
  const Image painting = at_size(impasto::load_image(words[1]), size);
  impasto::FeatureWalkOptions options;
  options.taps = kTaps;
  const impasto::NetworkWeights weights =
      impasto::calibrated(impasto::load_weights(words[3]), {photo, painting}, options);
  impasto::FeatureWalk walk(weights, photo.width, photo.height, options);
  impasto::FeatureWalk painting_walk(weights, painting.width, painting.height, options);
  Image x = walk.normalise(photo);
  OwnLoss loss(walk, walk.forward(x), painting_walk.forward(painting_walk.normalise(painting)));
  const Image start = x;
  minimise(loss, x, steps, 0.03);
  impasto::save_image(words[2], walk.denormalise(x));
  check_gradient(loss, start);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 4 || words.size() > 6) {
    std::cerr << "usage: own_loss PHOTO PAINTING OUT WEIGHTS [SIZE] [STEPS]\n";
    return 2;
  }
  try {
    run(words);
  } catch (const impasto::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.exit_code());
  }
}
