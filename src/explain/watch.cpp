#include "explain/watch.hpp"

#include <algorithm>
#include <cmath>

#include "explain/host_map.hpp"
#include "impasto/error.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

/// The first convolution's window around a pixel, and its neighbours' under reflect padding, must
/// lie within the picture.
constexpr std::int64_t kMargin = 2;

/// By the sixth evaluation the picture has left its start, and is still far from where the run
/// ends.
constexpr std::int64_t kEarly = 6;

bool contains(const std::vector<std::int64_t>& numbers, std::int64_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

double strength(const Image& dx, std::int64_t x, std::int64_t y) {
  double sum = 0;
  for (std::int64_t c = 0; c < 3; ++c) {
    sum += at(dx, c, x, y) * at(dx, c, x, y);
  }
  return sum;
}

/// The strongest place with x in [left, right), y in [top, bottom).
std::optional<WorkedPixel> strongest(const Image& dx, std::int64_t left, std::int64_t right,
                                     std::int64_t top, std::int64_t bottom) {
  std::optional<WorkedPixel> best;
  double most = -1;
  for (std::int64_t y = top; y < bottom; ++y) {
    for (std::int64_t x = left; x < right; ++x) {
      if (strength(dx, x, y) > most) {
        most = strength(dx, x, y);
        best.emplace();
        best->x = x;
        best->y = y;
      }
    }
  }
  return best;
}

}  // namespace

std::vector<std::int64_t> moments_of(std::int64_t iterations) {
  std::vector<std::int64_t> moments;
  if (iterations > 0) {
    moments.push_back(0);
  }
  for (std::int64_t decade = 1; decade < iterations; decade *= 10) {
    for (const std::int64_t factor : {1, 2, 5}) {
      if (factor * decade < iterations) {
        moments.push_back(factor * decade);
      }
    }
  }
  return moments;
}

std::vector<std::int64_t> stops_of(std::int64_t iterations) {
  const auto root =
      static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(iterations))));
  const std::int64_t early = std::min(root, kEarly);
  return early > 1 && early < iterations ? std::vector<std::int64_t>{1, early}
                                         : std::vector<std::int64_t>{1};
}

std::size_t compared_stop(const WatchedRun& record) {
  return record.stops.size() > 1 ? 1 : 0;
}

std::vector<WorkedPixel> choose_pixels(
    const Image& dx, const std::optional<std::pair<std::int64_t, std::int64_t>>& wanted) {
  std::vector<WorkedPixel> pixels;
  if (wanted) {
    const auto [x, y] = *wanted;
    const std::string pixel = "pixel " + std::to_string(x) + "," + std::to_string(y);
    const std::string size = std::to_string(dx.width) + " x " + std::to_string(dx.height);
    if (x >= dx.width || y >= dx.height || std::min(x, y) < 0) {
      throw UsageError(pixel + " is not in the picture, which has " + size + " pixels", "--pixel",
                       "count from 0 at the top left of the output");
    }
    if (std::min(x, y) < kMargin || x >= dx.width - kMargin || y >= dx.height - kMargin) {
      throw UsageError(pixel + " of " + size + " pixels is too near the border", "--pixel",
                       "name one at least 2 pixels from it");
    }
    pixels.emplace_back();
    pixels.back().x = x;
    pixels.back().y = y;
  }
  const std::int64_t columns[] = {kMargin, dx.width / 2, dx.width - kMargin};
  const std::int64_t rows[] = {kMargin, dx.height / 2, dx.height - kMargin};
  for (int quarter = 0; quarter < 4; ++quarter) {
    const int right = quarter % 2;
    const int lower = quarter / 2;
    const std::optional<WorkedPixel> best =
        strongest(dx, columns[right], columns[right + 1], rows[lower], rows[lower + 1]);
    if (best) {
      pixels.push_back(*best);
    }
  }
  return pixels;
}

Watch::Watch(std::int64_t iterations,
             const std::optional<std::pair<std::int64_t, std::int64_t>>& pixel, RunStudy study)
    : wanted_moments_(moments_of(iterations)),
      wanted_stops_(stops_of(iterations)),
      pixel_(pixel),
      study_(std::move(study)) {}

void Watch::on_evaluation(std::int64_t iteration, const Tensor& x, const Tensor& dx) {
  last_ = {iteration, download_image(*backend_, x), download_image(*backend_, dx)};
  if (iteration == 1) {
    record_.pixels = choose_pixels(last_.dx, pixel_);
  }
  for (WorkedPixel& pixel : record_.pixels) {
    for (std::int64_t c = 0; c < 3; ++c) {
      WorkedChannel& channel = pixel.channel(c);
      channel.path.push_back(at(last_.x, c, pixel.x, pixel.y));
      channel.path_gradient.push_back(at(last_.dx, c, pixel.x, pixel.y));
    }
  }
  if (contains(wanted_moments_, iteration - 1)) {
    record_.moments.emplace_back(iteration - 1, last_.x);
  }
  if (contains(wanted_stops_, iteration)) {
    record_.stops.push_back(last_);
  }
}

void Watch::on_scale_end(const ScaleParts& parts, const Image& x, const OptimizerState& optimizer) {
  if (last_.iteration == 0) {
    return;  // no evaluation was finite
  }
  if (record_.stops.empty() || record_.stops.back().iteration != last_.iteration) {
    record_.stops.push_back(last_);
  }
  record_.moments.emplace_back(last_.iteration, x);
  record_.result = x;
  record_.optimizer = optimizer;
  study_(parts, record_);
}

}  // namespace impasto
