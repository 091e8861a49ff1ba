#include "backend/cuda/contest.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "backend/cuda/recording.hpp"
#include "core/random.hpp"
#include "impasto/error.hpp"
#include "kernels.hpp"

namespace impasto::cuda {
namespace {

constexpr int kRounds = 3;

/// A replay lasts about so long, so that its launch does not count, but has at most so many runs.
constexpr double kReplayMs = 2;
constexpr int kMostRuns = 10;

/// Values that are drawn; the rest of a map repeats them. Zeros would need less power, and so run
/// at higher clocks than a picture.
constexpr std::int64_t kDrawn = std::int64_t{1} << 16U;

void fill_with_noise(const Context& context, DeviceMemory& memory, ElementType type) {
  const std::size_t element = size_of(type);
  const std::size_t count = std::min<std::size_t>(kDrawn, memory.bytes() / element);
  std::vector<std::byte> drawn(count * element);
  Random random(7);
  for (std::size_t n = 0; n < count; ++n) {
    kernels::store_element(static_cast<float>(random.normal()), kernel_type(type), drawn.data(), n);
  }
  check(cudaMemcpyAsync(memory.data(), drawn.data(), drawn.size(), cudaMemcpyHostToDevice,
                        context.stream()),
        "cudaMemcpyAsync of noise");
  for (std::size_t done = drawn.size(); done < memory.bytes();) {
    const std::size_t bytes = std::min(done, memory.bytes() - done);
    check(cudaMemcpyAsync(memory.data() + done, memory.data(), bytes, cudaMemcpyDeviceToDevice,
                          context.stream()),
          "cudaMemcpyAsync of noise");
    done += bytes;
  }
  context.synchronize();
}

/// What all candidates work on.
struct Field {
  std::unique_ptr<DeviceMemory> x;
  std::unique_ptr<DeviceMemory> y;
  std::unique_ptr<DeviceMemory> map;     ///< none where nothing is masked
  std::unique_ptr<DeviceMemory> addend;  ///< none where nothing is added
  std::unique_ptr<DeviceMemory> workspace;

  [[nodiscard]] PassMaps maps() const {
    return {x->data(), y->data(), map ? map->data() : nullptr, addend ? addend->data() : nullptr};
  }
};

/// Without a workspace yet.
Field maps_of(Context& context, const PassGeometry& geometry) {
  const std::size_t element = size_of(geometry.type);
  Field field;
  field.x = context.allocate(static_cast<std::size_t>(geometry.x.elements()) * element);
  field.y = context.allocate(static_cast<std::size_t>(geometry.y.elements()) * element);
  if (geometry.masked) {
    // A feature map's elements have the size of its gradient's.
    field.map = context.allocate(field.y->bytes());
  }
  if (geometry.added) {
    field.addend = context.allocate(field.y->bytes());
  }
  return field;
}

/// Milliseconds on the device.
double elapsed(const Context& context, const std::function<void()>& work) {
  const Event begin = make_event(cudaEventDefault);
  const Event end = make_event(cudaEventDefault);
  check(cudaEventRecord(begin.get(), context.stream()), "cudaEventRecord");
  work();
  check(cudaEventRecord(end.get(), context.stream()), "cudaEventRecord");
  check(cudaEventSynchronize(end.get()), "cudaEventSynchronize");
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "cudaEventElapsedTime");
  return static_cast<double>(milliseconds);
}

class Candidate {
 public:
  /// Runs the pass, which sets up what it needs and may be refused, and captures it.
  Candidate(Context& context, const Field& field, std::unique_ptr<ConvolutionPass> pass)
      : context_(context), field_(field), pass_(std::move(pass)) {
    run();
    const double once = elapsed(context_, [this] { run(); });
    runs_ = static_cast<int>(
        std::clamp(std::ceil(kReplayMs / std::max(once, 1e-3)), 1.0, double{kMostRuns}));
    if (context_.options().graph) {
      graph_ = capture(context_, [this] { run_some(); });
    }
  }

  /// Milliseconds of one run.
  double replay() {
    const double all = elapsed(context_, [this] {
      if (graph_) {
        check(cudaGraphLaunch(graph_.get(), context_.stream()), "cudaGraphLaunch");
      } else {
        run_some();
      }
    });
    return all / runs_;
  }
  void compete() { best_ = std::min(best_, replay()); }

  [[nodiscard]] int runs() const { return runs_; }
  [[nodiscard]] double best() const { return best_; }
  std::unique_ptr<ConvolutionPass> take() { return std::move(pass_); }

 private:
  void run() { pass_->run(field_.maps(), field_.workspace->data()); }
  void run_some() {
    for (int n = 0; n < runs_; ++n) {
      run();
    }
  }

  Context& context_;
  const Field& field_;
  std::unique_ptr<ConvolutionPass> pass_;
  int runs_ = 1;
  GraphExec graph_;
  double best_ = INFINITY;
};

using Refused = std::function<void(const std::string&)>;

/// Room for the pass that needs most; passes for which there is none are left out.
std::unique_ptr<DeviceMemory> shared_workspace(
    Context& context, std::vector<std::unique_ptr<ConvolutionPass>>& passes,
    const Refused& refused) {
  while (!passes.empty()) {
    const auto largest = std::max_element(
        passes.begin(), passes.end(),
        [](const auto& a, const auto& b) { return a->workspace_bytes() < b->workspace_bytes(); });
    try {
      return context.allocate((*largest)->workspace_bytes());
    } catch (const MemoryError& error) {
      refused(error.what());
      passes.erase(largest);
    }
  }
  return nullptr;
}

}  // namespace

std::optional<Winner> fastest_pass(Context& context, const PassGeometry& geometry,
                                   std::vector<std::unique_ptr<ConvolutionPass>> passes,
                                   const Refused& refused) {
  Field field = maps_of(context, geometry);
  field.workspace = shared_workspace(context, passes, refused);
  fill_with_noise(context, *field.x, geometry.type);
  if (field.map) {
    fill_with_noise(context, *field.map, context.types().feature);
  }
  std::vector<std::unique_ptr<Candidate>> candidates;
  for (auto& pass : passes) {
    try {
      candidates.push_back(std::make_unique<Candidate>(context, field, std::move(pass)));
    } catch (const DeviceError& error) {
      refused(error.what());
    }
  }
  if (candidates.empty()) {
    return std::nullopt;
  }
  const double warm_up = context.warm_up_milliseconds();
  for (double spent = 0; spent < warm_up;) {
    spent += std::max(candidates.front()->replay() * candidates.front()->runs(), 1e-3);
  }
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& candidate : candidates) {
      candidate->compete();
    }
  }
  const auto best =
      std::min_element(candidates.begin(), candidates.end(),
                       [](const auto& a, const auto& b) { return a->best() < b->best(); });
  return Winner{(*best)->take(), (*best)->best()};
}

bool works(Context& context, const PassGeometry& geometry, const ConvolutionPass& pass,
           const Refused& refused) {
  const Field field = maps_of(context, geometry);
  const auto workspace = context.allocate(pass.workspace_bytes());
  try {
    pass.run(field.maps(), workspace->data());
    context.synchronize();
    return true;
  } catch (const DeviceError& error) {
    refused(error.what());
    return false;
  }
}

}  // namespace impasto::cuda
