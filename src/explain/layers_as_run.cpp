#include <algorithm>

#include "explain/probe_walk.hpp"
#include "explain/stations.hpp"
#include "network/plan.hpp"

namespace impasto {
namespace {

bool is_tap(const std::vector<LossTerm>& terms, const std::vector<std::size_t>& taps,
            std::size_t layer) {
  return std::any_of(terms.begin(), terms.end(),
                     [&](const LossTerm& term) { return taps[term.tap] == layer; });
}

/// Multiply and add count as two.
double convolution_mflop(const Shape& in, const Shape& out) {
  return 18e-6 * static_cast<double>(in.channels) * static_cast<double>(out.elements());
}

}  // namespace

std::vector<Station> layers_as_run(const ScaleParts& parts) {
  const std::vector<Layer>& layers = parts.walk.prepared().layers();
  const std::vector<std::size_t>& taps = parts.walk.options().taps;
  const FeatureStorage storage = parts.walk.backend().feature_storage();
  std::vector<Station> stations;
  Shape shape = parts.walk.options().picture;
  std::int64_t field = 1;
  std::int64_t stride = 1;
  for (std::size_t n = 0; n <= deepest_layer(parts); ++n) {
    const Shape in = shape;
    Station station;
    station.tap = layers[n].tap;
    station.kind = layers[n].kind;
    if (station.kind == LayerKind::kConvolution) {
      shape.channels = layers[n].channels;
      field += 2 * stride;
      station.mflop = convolution_mflop(in, shape);
    } else if (station.kind == LayerKind::kPool) {
      shape = {in.channels, in.height / 2, in.width / 2};
      field += stride;
      stride *= 2;
    }
    station.shape = shape;
    station.receptive_field = field;
    station.stride = stride;
    station.bytes = storage.bytes(shape);
    station.content_tap = is_tap(parts.walk.losses().content_terms(), taps, n);
    station.style_tap = is_tap(parts.walk.losses().style_terms(), taps, n);
    stations.push_back(station);
  }
  return stations;
}

}  // namespace impasto
