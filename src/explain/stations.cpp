#include "explain/stations.hpp"

#include <algorithm>
#include <cmath>

#include "explain/activations.hpp"
#include "explain/host_map.hpp"
#include "explain/probe_walk.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

constexpr std::size_t kShownChannels = 8;
constexpr std::size_t kShownGram = 64;

/// Rows and columns `shown` of a square matrix.
Grid submatrix(const HostMap& matrix, const std::vector<std::int64_t>& shown) {
  Grid grid;
  grid.width = grid.height = static_cast<std::int64_t>(shown.size());
  for (const std::int64_t row : shown) {
    for (const std::int64_t column : shown) {
      grid.values.push_back(static_cast<float>(matrix.at(0, column, row)));
    }
  }
  return grid;
}

/// The channels with the largest diagonal entries, at most kShownGram, in growing order.
std::vector<std::int64_t> largest_on_diagonal(const HostMap& matrix) {
  std::vector<double> diagonal;
  for (std::int64_t n = 0; n < matrix.shape.width; ++n) {
    diagonal.push_back(matrix.at(0, n, n));
  }
  std::vector<std::int64_t> channels = largest_first(diagonal, kShownGram);
  std::sort(channels.begin(), channels.end());
  return channels;
}

/// dz[k][i][j]: the values around (x, y), mirrored as the formula wants them.
std::vector<float> window(const HostMap& dz, std::int64_t x, std::int64_t y) {
  std::vector<float> values;
  for (std::int64_t k = 0; k < dz.shape.channels; ++k) {
    for (std::int64_t ij = 0; ij < 9; ++ij) {
      values.push_back(static_cast<float>(dz.at(k, x + 1 - ij % 3, y + 1 - ij / 3)));
    }
  }
  return values;
}

/// The pooling window's numbers in a map of its input's size.
void read_window(const HostMap& x, const PoolWindow& window, double* four) {
  for (std::int64_t n = 0; n < 4; ++n) {
    four[n] = x.at(window.channel, 2 * window.x + n % 2, 2 * window.y + n / 2);
  }
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
      const HostMap target(backend_, losses().style_target(n));
      view.shown = largest_on_diagonal(target);
      view.target = submatrix(target, view.shown);
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
    explanation_.pixel_norm.push_back(norm(HostMap(backend_, dpicture.get()).values));
  }

 private:
  [[nodiscard]] Losses& losses() { return walk_.losses(); }

  void look_at_features() {
    for (std::size_t n = 0; n < explanation_.stations.size(); ++n) {
      Station& station = explanation_.stations[n];
      const HostMap map(backend_, walk_.network().tap(n));
      station.activations = statistics_of(map.values);
      station.strongest = strongest_channels(map, kShownChannels);
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
      here.gram = submatrix(HostMap(backend_, gram.get()), view.shown);
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
      arriving = HostMap(backend_, dfeature).values;
      gradient.arriving = norm(arriving);
      gradient.leaving = gradient.arriving;
    }
    if (station.joins()) {
      losses().visit(layer, feature, dfeature, accumulate);
      std::vector<float> leaving = HostMap(backend_, dfeature).values;
      gradient.leaving = norm(leaving);
      for (std::size_t n = 0; n < arriving.size(); ++n) {
        leaving[n] -= arriving[n];
      }
      gradient.joining = norm(leaving);
    }
    station.gradients.push_back(gradient);
    if (last) {
      look_at_windows(layer, dfeature);
    }
  }

  void look_at_windows(std::size_t layer, const Tensor& dfeature) {
    if (layer == 0) {
      const HostMap dz(backend_, dfeature);
      for (WorkedPixel& pixel : explanation_.pixels) {
        pixel.dz = window(dz, pixel.x, pixel.y);
      }
    }
    if (explanation_.stations[layer].kind == LayerKind::kPool) {
      look_at_pool(layer, dfeature);  // the shallowest pooling is the last one that is met
    }
  }

  /// The window whose output has the largest gradient, and both ways to route that gradient.
  void look_at_pool(std::size_t layer, const Tensor& dy) {
    const HostMap gradient(backend_, dy);
    const auto strongest =
        std::max_element(gradient.values.begin(), gradient.values.end(),
                         [](float a, float b) { return std::abs(a) < std::abs(b); });
    const std::int64_t place = strongest - gradient.values.begin();
    PoolWindow window;
    window.tap = explanation_.stations[layer].tap;
    window.channel = place / dy.shape.positions();
    window.y = place % dy.shape.positions() / dy.shape.width;
    window.x = place % dy.shape.width;
    window.dy = static_cast<double>(*strongest);
    const Tensor x = walk_.network().tap(layer - 1);
    read_window(HostMap(backend_, x), window, window.input);
    const OwnedTensor dx(backend_, x.shape, Layout::kDFeature);
    backend_.dmax_pool(dy, x, dx.get(), false);
    read_window(HostMap(backend_, dx.get()), window, window.dmax);
    backend_.daverage_pool(dy, dx.get());
    read_window(HostMap(backend_, dx.get()), window, window.daverage);
    explanation_.pool = window;
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
