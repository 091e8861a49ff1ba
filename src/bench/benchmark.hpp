// Times the loop: the work that a PyTorch user would compare with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "bench/profiling_backend.hpp"

namespace impasto {

struct BenchmarkOptions {
  std::int64_t width = 512;
  std::int64_t height = 512;
  StyleLoss style_loss = StyleLoss::kMean;
  int warmup = 3;
  int iterations = 20;
};

/// Milliseconds of one iteration's stations, each waited for. On a GPU they add up to more than an
/// iteration takes that is launched as one graph.
struct IterationSplit {
  double forward = 0;
  double loss = 0;
  double backward = 0;
  double update = 0;
};

struct BenchmarkResult {
  std::vector<std::string> taps;
  std::vector<double> iteration_ms;    ///< of every iteration after the warm-up
  std::vector<IterationSplit> splits;  ///< of some more
  double startup_ms = 0;               ///< process start to first iteration
  double gflop_per_iteration = 0;  ///< of the direct algorithm, convolutions forward and backward
  double peak_gflops = 0;          ///< of a matrix product on the same backend
  std::int64_t peak_memory_bytes = 0;              ///< of the process, on the host
  std::optional<std::size_t> device_memory_bytes;  ///< allocated by the loop; nothing on a CPU
};

/// Full-width VGG-19 with `weights`, style losses at relu1_1 … relu5_1, content at relu4_2, Adam
/// from noise; pictures and targets are random. A GPU's iterations follow each other without the
/// host waiting in between, and are timed by the GPU's own clock; on the CPU each is timed by
/// itself. Throws, before any work, MemoryError where the memory does not do for the size, and
/// InputError where the weights do not reach these taps.
BenchmarkResult run_benchmark(Backend& backend, const NetworkWeights& weights,
                              const BenchmarkOptions& options);

/// GFLOP/s of D F, a matrix of `feature.channels` squared times a feature map, at its fastest:
/// random numbers, warmed up for half a second by the device's clock, replayed many times.
double matrix_product_gflops(Backend& backend, const Shape& feature);

/// The operations of options.iterations iterations, each waited for, the costliest first.
std::vector<OperationProfile> profile_iterations(Backend& backend, const NetworkWeights& weights,
                                                 const BenchmarkOptions& options);

/// Value at fraction q (0 to 1) of the sorted values, interpolated.
double quantile(std::vector<double> values, double q);

}  // namespace impasto
