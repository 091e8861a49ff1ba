#include "explain/stations.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "explain/activations.hpp"
#include "explain/host_map.hpp"
#include "explain/probe_walk.hpp"
#include "optim/vectors.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

constexpr std::size_t kShownChannels = 8;
constexpr std::size_t kShownGram = 64;

/// Rows and columns `shown` of an N × N matrix.
Grid submatrix(const std::vector<float>& matrix, std::int64_t n,
               const std::vector<std::int64_t>& shown) {
  Grid grid;
  grid.width = grid.height = static_cast<std::int64_t>(shown.size());
  for (const std::int64_t row : shown) {
    for (const std::int64_t column : shown) {
      grid.values.push_back(matrix[static_cast<std::size_t>(row * n + column)]);
    }
  }
  return grid;
}

/// The channels with the largest diagonal entries, at most kShownGram, in growing order.
std::vector<std::int64_t> largest_on_diagonal(const std::vector<float>& matrix, std::int64_t n) {
  std::vector<std::int64_t> channels(static_cast<std::size_t>(n));
  std::iota(channels.begin(), channels.end(), std::int64_t{0});
  std::stable_sort(channels.begin(), channels.end(), [&](std::int64_t a, std::int64_t b) {
    return matrix[static_cast<std::size_t>(a * (n + 1))] >
           matrix[static_cast<std::size_t>(b * (n + 1))];
  });
  channels.resize(std::min(channels.size(), kShownGram));
  std::sort(channels.begin(), channels.end());
  return channels;
}

/// dz[k][i][j]: the values of `dz` (K × H × W) around (x, y), mirrored as the formula wants them; 0
/// outside.
std::vector<float> window(const std::vector<float>& dz, const Shape& shape, std::int64_t x,
                          std::int64_t y) {
  std::vector<float> values;
  for (std::int64_t k = 0; k < shape.channels; ++k) {
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 3; ++j) {
        const std::int64_t row = y + 1 - i;
        const std::int64_t column = x + 1 - j;
        const bool inside = row >= 0 && row < shape.height && column >= 0 && column < shape.width;
        values.push_back(
            inside ? dz[static_cast<std::size_t>((k * shape.height + row) * shape.width + column)]
                   : 0.0F);
      }
    }
  }
  return values;
}

/// One walk at one stop, every layer looked at.
class StationStudy {
 public:
  StationStudy(const ScaleParts& parts, Explanation& explanation)
      : backend_(parts.walk.backend()),
        explanation_(explanation),
        walk_(parts, choices_of(parts)) {}

  void start_grams() {
    const std::vector<LossTerm>& terms = losses().style_terms();
    for (std::size_t n = 0; n < terms.size(); ++n) {
      GramView view;
      view.tap = explanation_.stations[terms[n].tap].tap;
      view.channels = explanation_.stations[terms[n].tap].shape.channels;
      const std::vector<float> target = download_vector(backend_, losses().style_target(n));
      view.shown = largest_on_diagonal(target, view.channels);
      view.target = submatrix(target, view.channels, view.shown);
      explanation_.grams.push_back(view);
    }
  }

  void walk_at(const Glimpse& stop, bool last) {
    const OwnedTensor picture = device_picture(backend_, stop.x);
    const OwnedTensor dpicture = device_picture(backend_, stop.x.width, stop.x.height);
    walk_.network().forward(picture.get());
    if (last) {
      look_at_features();
    }
    look_at_grams(stop.iteration);
    walk_.network().backward(
        [&](std::size_t tap, const Tensor& feature, const Tensor& dfeature, bool accumulate) {
          visit(tap, feature, dfeature, accumulate, last);
        },
        dpicture.get());
    note_gram_losses();
    losses().visit_pixels(picture.get(), dpicture.get());
    explanation_.stops.push_back(stop.iteration);
    explanation_.pixel_norm.push_back(norm(download_vector(backend_, dpicture.get())));
  }

 private:
  [[nodiscard]] Losses& losses() { return walk_.losses(); }

  void look_at_features() {
    for (std::size_t n = 0; n < explanation_.stations.size(); ++n) {
      Station& station = explanation_.stations[n];
      const std::vector<float> values = download_vector(backend_, walk_.network().tap(n));
      station.activations = statistics_of(values);
      station.strongest = strongest_channels(station.shape, values, kShownChannels);
    }
  }

  void look_at_grams(std::int64_t iteration) {
    for (std::size_t n = 0; n < explanation_.grams.size(); ++n) {
      GramView& view = explanation_.grams[n];
      const Tensor feature = walk_.network().tap(losses().style_terms()[n].tap);
      const OwnedTensor gram(backend_, square_matrix(view.channels), Layout::kPlain);
      losses().style_statistic().measure(backend_, feature, gram.get());
      GramAt here;
      here.iteration = iteration;
      here.gram = submatrix(download_vector(backend_, gram.get()), view.channels, view.shown);
      here.difference = here.gram;
      for (std::size_t m = 0; m < here.gram.values.size(); ++m) {
        here.difference.values[m] -= view.target.values[m];
      }
      view.at.push_back(here);
    }
  }

  /// A station of the backward walk. Layers are taps, in order.
  void visit(std::size_t layer, const Tensor& feature, const Tensor& dfeature, bool accumulate,
             bool last) {
    Station& station = explanation_.stations[layer];
    StationGradient gradient;
    std::vector<float> arriving;
    if (accumulate) {
      arriving = download_vector(backend_, dfeature);
      gradient.arriving = norm(arriving);
      gradient.leaving = gradient.arriving;
    }
    if (station.content_tap || station.style_tap) {
      losses().visit(layer, feature, dfeature, accumulate);
      std::vector<float> leaving = download_vector(backend_, dfeature);
      gradient.leaving = norm(leaving);
      for (std::size_t n = 0; n < arriving.size(); ++n) {
        leaving[n] -= arriving[n];
      }
      gradient.joining = norm(leaving);
    }
    station.gradients.push_back(gradient);
    if (last) {
      look_at_window(layer, dfeature);
    }
  }

  void look_at_window(std::size_t layer, const Tensor& dfeature) {
    if (layer == 0) {
      const std::vector<float> dz = download_vector(backend_, dfeature);
      for (WorkedPixel& pixel : explanation_.pixels) {
        pixel.dz = window(dz, dfeature.shape, pixel.x, pixel.y);
      }
    }
    if (explanation_.stations[layer].kind == LayerKind::kPool) {
      look_at_pool(layer, dfeature);  // the shallowest pooling is the last one that is met
    }
  }

  /// The window whose output has the largest gradient, and both ways to route that gradient.
  void look_at_pool(std::size_t layer, const Tensor& dy) {
    const Tensor x = walk_.network().tap(layer - 1);
    const std::vector<float> dy_values = download_vector(backend_, dy);
    const auto strongest = static_cast<std::int64_t>(
        std::max_element(dy_values.begin(), dy_values.end(),
                         [](float a, float b) { return std::abs(a) < std::abs(b); }) -
        dy_values.begin());
    PoolWindow window;
    window.tap = explanation_.stations[layer].tap;
    window.channel = strongest / dy.shape.positions();
    window.y = strongest % dy.shape.positions() / dy.shape.width;
    window.x = strongest % dy.shape.width;
    window.dy = static_cast<double>(dy_values[static_cast<std::size_t>(strongest)]);
    const OwnedTensor dx(backend_, x.shape, Layout::kDFeature);
    read_window(x, window, window.input);
    backend_.dmax_pool(dy, x, dx.get(), false);
    read_window(dx.get(), window, window.dmax);
    backend_.daverage_pool(dy, dx.get());
    read_window(dx.get(), window, window.daverage);
    explanation_.pool = window;
  }

  void read_window(const Tensor& x, const PoolWindow& window, double* four) {
    const std::vector<float> values = download_vector(backend_, x);
    for (std::int64_t n = 0; n < 4; ++n) {
      const std::int64_t row = 2 * window.y + n / 2;
      const std::int64_t column = 2 * window.x + n % 2;
      four[n] = static_cast<double>(values[static_cast<std::size_t>(
          (window.channel * x.shape.height + row) * x.shape.width + column)]);
    }
  }

  void note_gram_losses() {
    std::vector<double> slots(losses().slot_count());
    backend_.read_scalars(losses().slots(), slots);
    for (std::size_t n = 0; n < explanation_.grams.size(); ++n) {
      explanation_.grams[n].at.back().loss = slots[losses().content_terms().size() + n];
    }
  }

  Backend& backend_;
  Explanation& explanation_;
  ProbeWalk walk_;
};

}  // namespace

void study_stations(const ScaleParts& parts, const WatchedRun& record, Explanation& explanation) {
  explanation.stations = layers_as_run(parts);
  explanation.gradient = record.stops.back().dx;
  StationStudy study(parts, explanation);
  study.start_grams();
  for (std::size_t n = 0; n < record.stops.size(); ++n) {
    study.walk_at(record.stops[n], n + 1 == record.stops.size());
  }
}

}  // namespace impasto
