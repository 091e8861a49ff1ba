// Every operation of the CPU backend over the shapes of VGG-19 at 512 × 512, on all cores.
// GFLOP/s count the direct algorithm's multiplications and additions, so that algorithms compare;
// GB/s count the arguments once each.
//
//   IMPASTO_CONVOLUTION=direct build/benchmarks/impasto_benchmarks --benchmark_filter=Forward
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/owned_tensor.hpp"
#include "core/random.hpp"

namespace {

using namespace impasto;

struct Layer {
  const char* name;
  std::int64_t in, out, side;
};

constexpr Layer kConvolutions[] = {
    {"1_1", 3, 64, 512},    {"1_2", 64, 64, 512},   {"2_1", 64, 128, 256},
    {"2_2", 128, 128, 256}, {"3_1", 128, 256, 128}, {"3_2", 256, 256, 128},
    {"4_1", 256, 512, 64},  {"4_2", 512, 512, 64},  {"5_1", 512, 512, 32}};
constexpr Layer kMaps[] = {{"block1", 0, 64, 512},
                           {"block2", 0, 128, 256},
                           {"block3", 0, 256, 128},
                           {"block4", 0, 512, 64},
                           {"block5", 0, 512, 32}};

Backend& backend() {
  static const std::unique_ptr<Backend> cpu = make_cpu_backend(0);
  return *cpu;
}

OwnedTensor random_tensor(const Shape& shape, Layout layout) {
  std::vector<double> values(static_cast<std::size_t>(shape.elements()));
  Random random(1);
  for (double& value : values) {
    value = random.normal();
  }
  return OwnedTensor(backend(), shape, layout, values);
}

void count(benchmark::State& state, double flop, double bytes) {
  const auto rate = benchmark::Counter::kIsIterationInvariantRate;
  if (flop > 0) {
    state.counters["GFLOP/s"] = benchmark::Counter(1e-9 * flop, rate);
  }
  state.counters["GB/s"] = benchmark::Counter(1e-9 * bytes, rate);
}

double bytes_of(const Shape& shape) {
  return static_cast<double>(shape.elements()) * sizeof(float);
}

void convolution(benchmark::State& state, const Layer& layer, bool backward) {
  ConvolutionWeights weights;
  weights.in_channels = layer.in;
  weights.out_channels = layer.out;
  Random random(2);
  for (std::int64_t n = 0; n < 9 * layer.in * layer.out; ++n) {
    weights.weight.push_back(
        static_cast<float>(random.normal() * std::sqrt(2.0 / 9 / static_cast<double>(layer.in))));
  }
  weights.bias.assign(static_cast<std::size_t>(layer.out), 0.0F);
  const ConvolutionSpec spec{{layer.in, layer.side, layer.side}, layer.out, true, true, true};
  const auto convolution = backend().make_convolution(backend().prepare_filters(weights), spec);
  const auto workspace = backend().allocate(convolution->workspace_bytes());
  const OwnedTensor x = random_tensor(spec.input, Layout::kFeature);
  const OwnedTensor y = random_tensor(spec.output(), Layout::kFeature);
  const OwnedTensor dy = random_tensor(spec.output(), Layout::kFeature);
  for (auto _ : state) {
    backward ? convolution->dforward(dy.get(), y.get(), x.get(), workspace->data())
             : convolution->forward(x.get(), y.get(), workspace->data());
  }
  count(state, 18.0 * static_cast<double>(layer.in * spec.output().elements()),
        bytes_of(spec.input) + bytes_of(spec.output()) * (backward ? 2 : 1));
}

/// The tensors that an operation on one feature map needs.
struct Map {
  explicit Map(const Layer& layer)
      : shape{layer.out, layer.side, layer.side},
        pooled{layer.out, layer.side / 2, layer.side / 2},
        x(random_tensor(shape, Layout::kFeature)),
        dx(random_tensor(shape, Layout::kFeature)),
        y(random_tensor(pooled, Layout::kFeature)),
        matrix(random_tensor(square_matrix(layer.out), Layout::kPlain)),
        slot(random_tensor(flat(2), Layout::kPlain)) {}
  [[nodiscard]] Scalar scalar() const { return {static_cast<double*>(slot.get().data)}; }
  [[nodiscard]] double gram_flop() const {
    return 2.0 * static_cast<double>(shape.channels * shape.elements());
  }

  Shape shape;
  Shape pooled;
  OwnedTensor x;
  OwnedTensor dx;
  OwnedTensor y;
  OwnedTensor matrix;
  OwnedTensor slot;
};

template <typename Body>
void map_benchmark(const std::string& name, const Layer& layer, double flop_per_gram, double maps,
                   const Body& body) {
  benchmark::RegisterBenchmark((name + "/" + layer.name).c_str(),
                               [=, &layer](benchmark::State& state) {
                                 const Map map(layer);
                                 for (auto _ : state) {
                                   body(map);
                                 }
                                 count(state, flop_per_gram * map.gram_flop(),
                                       maps * bytes_of(map.shape));
                               })
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void register_maps(const Layer& layer) {
  map_benchmark("Gram", layer, 1, 1,
                [](const Map& map) { backend().gram(1, map.x.get(), map.matrix.get()); });
  map_benchmark("Dgram", layer, 1, 3, [](const Map& map) {
    backend().dgram(1e-6, map.matrix.get(), map.x.get(), map.dx.get(), true);
  });
  map_benchmark("MaxPool", layer, 0, 1.25,
                [](const Map& map) { backend().max_pool(map.x.get(), map.y.get()); });
  map_benchmark("DmaxPool", layer, 0, 2.25, [](const Map& map) {
    backend().dmax_pool(map.y.get(), map.x.get(), map.dx.get(), false);
  });
  map_benchmark("Drelu", layer, 0, 3,
                [](const Map& map) { backend().drelu(map.dx.get(), map.x.get(), map.x.get()); });
  map_benchmark("ContentLoss", layer, 0, 3, [](const Map& map) {
    backend().squared_difference(1e-6, map.x.get(), map.dx.get(), map.scalar(), map.dx.get(),
                                 false);
  });
}

void register_pictures() {
  const Shape shape{3, 512, 512};
  const auto add = [&](const char* name, double tensors, auto body) {
    benchmark::RegisterBenchmark(name,
                                 [=](benchmark::State& state) {
                                   const OwnedTensor x = random_tensor(shape, Layout::kPlain);
                                   const OwnedTensor g = random_tensor(shape, Layout::kPlain);
                                   const OwnedTensor m(backend(), shape, Layout::kPlain);
                                   const OwnedTensor v(backend(), shape, Layout::kPlain);
                                   const OwnedTensor slot(backend(), flat(2), Layout::kPlain);
                                   for (auto _ : state) {
                                     body(x.get(), g.get(), m.get(), v.get(),
                                          Scalar{static_cast<double*>(slot.get().data)});
                                   }
                                   count(state, 0, tensors * bytes_of(shape));
                                 })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  };
  add("Adam", 7,
      [](const Tensor& x, const Tensor& g, const Tensor& m, const Tensor& v, Scalar steps) {
        backend().adam({1e-6}, steps, g, m, v, x, nullptr);
      });
  add("TotalVariation", 3,
      [](const Tensor& x, const Tensor& g, const Tensor&, const Tensor&, Scalar slot) {
        backend().total_variation(1e-9, x, slot, g);
      });
  add("Dot", 2, [](const Tensor& x, const Tensor& g, const Tensor&, const Tensor&, Scalar slot) {
    backend().dot(x, g, slot);
  });
}

}  // namespace

int main(int argc, char** argv) {
  for (const Layer& layer : kConvolutions) {
    for (const bool backward : {false, true}) {
      benchmark::RegisterBenchmark(
          (std::string(backward ? "Backward/conv" : "Forward/conv") + layer.name).c_str(),
          [&layer, backward](benchmark::State& state) { convolution(state, layer, backward); })
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  for (const Layer& layer : kMaps) {
    register_maps(layer);
  }
  register_pictures();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
