#include <algorithm>

#include "explain/probe_walk.hpp"
#include "explain/stations.hpp"
#include "network/plan.hpp"

namespace impasto {
namespace {

bool looks_at(const std::vector<LossTerm>& terms, std::size_t layer) {
  return std::any_of(terms.begin(), terms.end(),
                     [&](const LossTerm& term) { return term.tap == layer; });
}

}  // namespace

std::vector<Station> layers_as_run(const ScaleParts& parts) {
  const std::vector<Layer>& layers = parts.walk.prepared().layers();
  const WalkOptions walk = every_layer(parts, deepest_layer(parts));
  const WalkTerms terms = choices_of(parts).terms;
  const FeatureStorage storage = parts.walk.backend().feature_storage();
  const std::vector<Shape> shapes = tap_shapes(make_plan(layers, walk, storage));
  std::vector<Station> stations;
  std::int64_t field = 1;
  std::int64_t stride = 1;
  for (const std::size_t n : walk.taps) {
    Station station;
    station.tap = layers[n].tap;
    station.kind = layers[n].kind;
    station.shape = shapes[n];
    if (station.kind == LayerKind::kConvolution) {
      field += 2 * stride;
      station.mflop = 1e-6 * convolution_flop(n == 0 ? walk.picture : shapes[n - 1], shapes[n]);
    } else if (station.kind == LayerKind::kPool) {
      field += stride;
      stride *= 2;
    }
    station.receptive_field = field;
    station.stride = stride;
    station.bytes = storage.bytes(station.shape);
    station.content_tap = looks_at(terms.content, n);
    station.style_tap = looks_at(terms.style, n);
    stations.push_back(station);
  }
  return stations;
}

}  // namespace impasto
