// What is kept of a run while it goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "explain/explanation.hpp"
#include "transfer/run_probe.hpp"

namespace impasto {

/// An evaluation's picture and gradient, in the network's input space.
struct Glimpse {
  std::int64_t iteration = 0;
  Image x;
  Image dx;
};

/// A run as it was seen.
struct WatchedRun {
  std::vector<std::pair<std::int64_t, Image>> moments;  ///< after so many updates, growing
  std::vector<Glimpse> stops;       ///< evaluations to look into; the last is the last evaluation
  std::vector<WorkedPixel> pixels;  ///< places and paths; the rest is filled in later
  OptimizerState optimizer;         ///< at the end
  Image result;                     ///< in the network's input space
};

/// Called with a scale's parts while they are there, and the record of its run.
using RunStudy = std::function<void(const ScaleParts&, const WatchedRun&)>;

class Watch final : public RunProbe {
 public:
  /// Expects `iterations` evaluations. `pixel` (x, y) is followed besides the strongest ones.
  /// `study` is called once, at the end of the run.
  Watch(std::int64_t iterations, const std::optional<std::pair<std::int64_t, std::int64_t>>& pixel,
        RunStudy study);

  void on_evaluation(std::int64_t iteration, const Tensor& x, const Tensor& dx) override;
  void on_scale_begin(const ScaleParts& parts) override { backend_ = &parts.walk.backend(); }
  void on_scale_end(const ScaleParts& parts, const Image& x,
                    const OptimizerState& optimizer) override;

 private:
  std::vector<std::int64_t> wanted_moments_;
  std::vector<std::int64_t> wanted_stops_;
  std::optional<std::pair<std::int64_t, std::int64_t>> pixel_;
  RunStudy study_;
  Backend* backend_ = nullptr;
  WatchedRun record_;
  Glimpse last_;
};

/// Updates after which the picture is kept: 0, 1, 2, 5, 10, 20, 50, … below `iterations`.
std::vector<std::int64_t> moments_of(std::int64_t iterations);

/// Evaluations that are looked into besides the last: the first, and an early one, the sixth or,
/// in a short run, about the square root of `iterations`.
std::vector<std::int64_t> stops_of(std::int64_t iterations);

/// Of a record's stops, the one at which losses and choices are compared: the early one. The first
/// would not do, as there the content's loss has no gradient where the picture is still the
/// content. In a run of one evaluation it is that one.
std::size_t compared_stop(const WatchedRun& record);

/// Places whose gradient is worked out, at least two pixels from the border: `wanted`, then the
/// strongest of each quarter of the picture by Σ_c dx². Throws UsageError when `wanted` is too near
/// the border.
std::vector<WorkedPixel> choose_pixels(
    const Image& dx, const std::optional<std::pair<std::int64_t, std::int64_t>>& wanted);

}  // namespace impasto
