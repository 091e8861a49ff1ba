#include "bench/benchmark.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>

#include "core/random.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"
#include "network/network.hpp"
#include "optim/optimizer.hpp"
#include "optim/vectors.hpp"
#include "transfer/evaluation_log.hpp"
#include "transfer/memory_check.hpp"
#include "transfer/pictures.hpp"
#include "transfer/scale_walk.hpp"
#include "transfer/taps.hpp"

namespace impasto {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSplitIterations = 5;

/// Clocks rise with the load, which takes some time.
constexpr double kWarmUpMs = 500;

/// Products that are timed, within about so many milliseconds.
constexpr int kFewestProducts = 4;
constexpr int kMostProducts = 30;
constexpr double kProductsMs = 500;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Milliseconds since the kernel started this process (field 22 of /proc/self/stat, in clock ticks
/// since boot).
double milliseconds_since_process_start() {
  std::ifstream stat("/proc/self/stat");
  std::string text;
  std::getline(stat, text);
  // The second field, the program's name, may hold spaces; it ends with the last parenthesis.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string field;
  for (int n = 3; n <= 22; ++n) {
    fields >> field;
  }
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  const double started = std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return 1e3 *
         (static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) - started);
}

Image noise(std::int64_t width, std::int64_t height, std::uint64_t seed) {
  Image image(width, height);
  Random random(seed);
  for (float& value : image.rgb) {
    value = static_cast<float>(random.normal());
  }
  return image;
}

TransferOptions benchmark_options() {
  TransferOptions options;
  options.content_layers = {{"relu4_2"}};
  options.style_layers = {{"relu1_1"}, {"relu2_1"}, {"relu3_1"}, {"relu4_1"}, {"relu5_1"}};
  options.optimizer = OptimizerKind::kAdam;
  options.learning_rate = 0.01;
  return options;
}

/// Throws InputError that names the weights where they do not reach what is benchmarked.
void require_benchmark_taps(const NetworkWeights& weights) {
  const std::vector<Layer> layers = layers_of(weights);
  const TransferOptions options = benchmark_options();
  for (const auto& taps : {options.content_layers, options.style_layers}) {
    for (const LayerWeight& tap : taps) {
      const bool is_there = std::any_of(layers.begin(), layers.end(),
                                        [&](const Layer& layer) { return layer.tap == tap.tap; });
      if (!is_there && layers.empty()) {
        throw InputError("there is no network to benchmark", weights.source,
                         "name weights, or leave --weights out");
      }
      if (!is_there) {
        throw InputError(
            "the benchmark goes to relu5_1, and these weights end at " + layers.back().tap,
            weights.source, "name others, or leave --weights out");
      }
    }
  }
}

/// Throws MemoryError for a benchmark that would be ended for its memory, or time the swapping.
void require_benchmark_memory(const Backend& backend, const NetworkWeights& weights,
                              const BenchmarkOptions& options) {
  Image picture;
  picture.width = options.width;
  picture.height = options.height;
  TransferOptions transfer_options = benchmark_options();
  transfer_options.size = 0;
  transfer_options.style_loss = options.style_loss;
  require_memory(backend, picture, picture, weights, transfer_options);
}

/// Of every convolution, in both directions.
double convolution_gflop(const Plan& plan) {
  double flop = 0;
  for (const Step& step : plan.steps) {
    if (step.kind == StepKind::kConvolution) {
      const Shape& x = plan.values[step.x].shape;
      const Shape& y = plan.values[step.y].shape;
      flop += 2 * convolution_flop(x, y);
    }
  }
  return 1e-9 * flop;
}

/// Values between −1 and 1, the same ones again and again: as many as asked for, made quickly.
std::vector<float> some_noise(std::int64_t count) {
  constexpr std::int64_t kPeriod = std::int64_t{1} << 20U;
  Random random(5);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::int64_t n = 0; n < count; ++n) {
    values[static_cast<std::size_t>(n)] = n < kPeriod
                                              ? static_cast<float>(2 * random.uniform() - 1)
                                              : values[static_cast<std::size_t>(n - kPeriod)];
  }
  return values;
}

/// Large enough that neither launches nor filling the processors counts, small enough to wait for.
Shape peak_feature(const Backend& backend) {
  return backend.runs_ahead() ? Shape{8192, 64, 128} : Shape{1024, 128, 128};
}

/// The losses' stations with a stopwatch: one walk whose parts are waited for one by one.
class SplitTimer {
 public:
  SplitTimer(Backend& backend, ScaleWalk& walk)
      : backend_(backend), network_(walk.network()), losses_(walk.losses()) {
    visit_ = [this](std::size_t tap, const Tensor& feature, const Tensor& dfeature,
                    bool accumulate) {
      backend_.synchronize();
      const auto start = Clock::now();
      losses_.visit(tap, feature, dfeature, accumulate);
      backend_.synchronize();
      loss_ms_ += milliseconds_since(start);
    };
  }

  IterationSplit time(const Tensor& x, const Tensor& dx, const std::function<void()>& update) {
    IterationSplit split;
    backend_.synchronize();
    auto start = Clock::now();
    network_.forward(x);
    backend_.synchronize();
    split.forward = milliseconds_since(start);
    loss_ms_ = 0;
    start = Clock::now();
    network_.backward(visit_, dx);
    backend_.synchronize();
    split.backward = milliseconds_since(start) - loss_ms_;
    split.loss = loss_ms_;
    start = Clock::now();
    update();
    backend_.synchronize();
    split.update = milliseconds_since(start);
    return split;
  }

 private:
  Backend& backend_;
  Network& network_;
  Losses& losses_;
  TapVisitor visit_;
  double loss_ms_ = 0;
};

/// Times whole iterations as the transfer runs them, then some with a stopwatch at every station.
class TimedLoop : public Objective {
 public:
  TimedLoop(Backend& backend, ScaleWalk& walk, const BenchmarkOptions& options,
            BenchmarkResult& result)
      : backend_(backend), walk_(walk), split_(backend, walk), options_(options), result_(result) {}

  /// Not used: Adam iterates.
  Evaluation evaluate(const Tensor& /*x*/, const Tensor& /*dx*/, Questions* /*none*/) override {
    return {};
  }

  Evaluation iterate(const Tensor& x, const Tensor& dx,
                     const std::function<void()>& update) override {
    const int count = options_.warmup + options_.iterations;
    EvaluationLog log(backend_, walk_.losses(), count);
    const std::unique_ptr<Recording> iteration = backend_.record([&] {
      walk_.enqueue(x, dx);
      walk_.losses().visit_gradient(dx);
      log.append();
      update();
    });
    result_.startup_ms = milliseconds_since_process_start();
    backend_.time_replays(*iteration, options_.warmup);
    result_.iteration_ms = backend_.time_replays(*iteration, options_.iterations);
    const double last = log.take(count).back().total();
    for (int n = 0; n < std::min(options_.iterations, kSplitIterations); ++n) {
      result_.splits.push_back(split_.time(x, dx, update));
    }
    return {last, true, true};
  }

 private:
  Backend& backend_;
  ScaleWalk& walk_;
  SplitTimer split_;
  const BenchmarkOptions& options_;
  BenchmarkResult& result_;
};

/// Runs some iterations and keeps the times of their operations.
class ProfiledLoop : public Objective {
 public:
  ProfiledLoop(ProfilingBackend& backend, ScaleWalk& walk, int iterations)
      : backend_(backend), walk_(walk), iterations_(iterations) {}

  Evaluation evaluate(const Tensor& /*x*/, const Tensor& /*dx*/, Questions* /*none*/) override {
    return {};
  }

  Evaluation iterate(const Tensor& x, const Tensor& dx,
                     const std::function<void()>& update) override {
    for (int n = 0; n <= iterations_; ++n) {
      if (n == 1) {
        backend_.take_profile();  // the first one warms up
      }
      walk_.enqueue(x, dx);
      update();
    }
    return {0, true, true};
  }

 private:
  ProfilingBackend& backend_;
  ScaleWalk& walk_;
  int iterations_;
};

/// The benchmark's network, losses with random targets, and picture.
struct BenchmarkWalk {
  BenchmarkWalk(Backend& backend, const NetworkWeights& weights, const BenchmarkOptions& options)
      : transfer_options(benchmark_options()),
        prepared(backend, weights),
        taps(plan_taps(transfer_options, prepared.layers())),
        walk(prepared,
             {{3, options.height, options.width}, taps.taps, true, Pooling::kMax, Padding::kZero},
             {forms_of(options), taps.content, taps.style}),
        picture(device_picture(backend, noise(options.width, options.height, 3))) {
    const OwnedTensor content = device_picture(backend, noise(options.width, options.height, 1));
    walk.set_content_targets(content.get());
    walk.set_style_targets({noise(options.width, options.height, 2)}, {1.0});
  }

  static LossForms forms_of(const BenchmarkOptions& options) {
    LossForms forms;
    forms.style = options.style_loss;
    return forms;
  }

  TransferOptions transfer_options;
  PreparedNetwork prepared;
  TapPlan taps;
  ScaleWalk walk;
  OwnedTensor picture;
};

}  // namespace

double matrix_product_gflops(Backend& backend, const Shape& feature) {
  const OwnedTensor f(backend, feature, Layout::kFeature);
  const OwnedTensor df(backend, feature, Layout::kDFeature);
  const OwnedTensor d(backend, square_matrix(feature.channels), Layout::kPlain);
  backend.upload(std::span<const float>(some_noise(feature.elements())), f.get());
  backend.upload(std::span<const float>(some_noise(d.get().elements())), d.get());
  const std::unique_ptr<Recording> product =
      backend.record([&] { backend.dgram(1, d.get(), f.get(), df.get(), false); });
  double last = 0;
  for (double spent = 0; spent < kWarmUpMs; spent += last) {
    last = std::max(backend.time_replays(*product, 1).front(), 1e-3);
  }
  const int count =
      std::clamp(static_cast<int>(kProductsMs / last), kFewestProducts, kMostProducts);
  const std::vector<double> times = backend.time_replays(*product, count);
  const double gflop =
      2e-9 * static_cast<double>(feature.channels) * static_cast<double>(feature.elements());
  return gflop / (1e-3 * *std::min_element(times.begin(), times.end()));
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = position - static_cast<double>(below);
  return values[below] * (1 - part) + values[above] * part;
}

BenchmarkResult run_benchmark(Backend& backend, const NetworkWeights& weights,
                              const BenchmarkOptions& options) {
  require_benchmark_taps(weights);
  require_benchmark_memory(backend, weights, options);
  BenchmarkWalk work(backend, weights, options);
  BenchmarkResult result;
  TimedLoop loop(backend, work.walk, options, result);
  make_optimizer(backend, work.walk.options().picture, work.transfer_options, {})
      ->minimise(loop, work.picture.get());
  for (const LayerWeight& layer : work.transfer_options.style_layers) {
    result.taps.push_back(layer.tap);
  }
  result.taps.push_back(work.transfer_options.content_layers.front().tap);
  result.gflop_per_iteration = convolution_gflop(work.walk.network().plan());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  result.peak_memory_bytes = static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
  result.device_memory_bytes = backend.allocated_bytes();
  result.peak_gflops = matrix_product_gflops(backend, peak_feature(backend));
  return result;
}

std::vector<OperationProfile> profile_iterations(Backend& backend, const NetworkWeights& weights,
                                                 const BenchmarkOptions& options) {
  const std::unique_ptr<ProfilingBackend> profiler = make_profiling_backend(backend);
  BenchmarkWalk work(*profiler, weights, options);
  ProfiledLoop loop(*profiler, work.walk, options.iterations);
  make_optimizer(*profiler, work.walk.options().picture, work.transfer_options, {})
      ->minimise(loop, work.picture.get());
  return profiler->take_profile();
}

}  // namespace impasto
