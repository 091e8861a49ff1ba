// What the CUDA loop promises: no allocation and no waiting inside, the same picture with and
// without a captured graph, the same bytes every time, and clear errors.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include "backend/cuda/cuda_fixture.hpp"
#include "backend/owned_tensor.hpp"
#include "bench/benchmark.hpp"
#include "gradcheck/host_tensor.hpp"
#include "impasto/error.hpp"
#include "network/network.hpp"
#include "support/small_network.hpp"
#include "transfer/memory_need.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

/// What one of the device's counters says at one evaluation and at the last.
struct CounterWatch : TransferObserver {
  CounterWatch(std::uint64_t cuda_emulation::Counters::*watched, std::int64_t from)
      : counter(watched), first(from) {}
  void on_evaluation(const TraceRow& row, std::int64_t planned) override {
    if (row.iteration == first) {
      at_first = cuda_emulation::counters().*counter;
    }
    if (row.iteration == planned) {
      at_last = cuda_emulation::counters().*counter;
    }
  }

  std::uint64_t cuda_emulation::Counters::*counter;
  std::int64_t first;
  std::uint64_t at_first = 0;
  std::uint64_t at_last = 0;
};

class CudaLoop : public EmulatedCuda {
 protected:
  // Ways to convolve round differently; the cache makes a test stay with those it timed first.
  void SetUp() override {
    EmulatedCuda::SetUp();
    setenv("IMPASTO_CACHE", cache_.c_str(), 1);
  }
  void TearDown() override {
    setenv("IMPASTO_CACHE", "off", 1);
    std::filesystem::remove_all(cache_);
    EmulatedCuda::TearDown();
  }

  TransferResult run(Backend& backend, const TransferOptions& options) {
    TransferObserver silent;
    return run(backend, options, silent);
  }
  TransferResult run(Backend& backend, const TransferOptions& options, TransferObserver& observer) {
    return transfer_on(backend, content_, {style_}, weights_, options, observer);
  }

  std::string cache_ = testing::TempDir() + "impasto_cuda_" +
                       testing::UnitTest::GetInstance()->current_test_info()->name();
  NetworkWeights weights_ = small_network({{4, 4}, {6, 6}}, 1);
  Image content_ = test_picture(24, 20, 1);
  Image style_ = test_picture(20, 24, 2);
};

TEST_F(CudaLoop, GraphAndDirectLaunchesGiveTheSameBytes) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    const TransferOptions options = every_loss_options(optimizer, 9);
    const TransferResult graph = run(*make(Precision::kFp32, true), options);
    const TransferResult direct = run(*make(Precision::kFp32, false), options);
    EXPECT_EQ(graph.picture.rgb, direct.picture.rgb);
    ASSERT_EQ(graph.trace.size(), 9U);
    for (std::size_t n = 0; n < 9; ++n) {
      EXPECT_EQ(graph.trace[n].total, direct.trace[n].total) << n;
    }
  }
}

TEST_F(CudaLoop, TheSameRunGivesTheSameBytes) {
  const TransferOptions options = every_loss_options(OptimizerKind::kAdam, 12);
  const std::vector<float> once = run(*make(), options).picture.rgb;
  for (const auto order :
       {cuda_emulation::ThreadOrder::kForward, cuda_emulation::ThreadOrder::kBackward}) {
    cuda_emulation::set_thread_order(order);
    EXPECT_EQ(run(*make(), options).picture.rgb, once);
  }
  EXPECT_TRUE(std::filesystem::exists(cache_ + "/cuda-choices.txt"));
}

TEST_F(CudaLoop, WithoutAClockNeitherReadsNorKeepsChoices) {
  const TransferOptions options = every_loss_options(OptimizerKind::kAdam, 3);
  const auto clockless = [] {
    return cuda::make_backend({0, Precision::kFp32, true, "", "", Choosing::kByRule});
  };
  const std::vector<float> picture = run(*clockless(), options).picture.rgb;
  const std::string path = cache_ + "/cuda-choices.txt";
  EXPECT_FALSE(std::filesystem::exists(path));
  // Choices that were timed, those of the way back turned into others.
  run(*make(), options);
  std::stringstream timed;
  timed << std::ifstream(path).rdbuf();
  const std::string others =
      std::regex_replace(timed.str(), std::regex("(backward[^\t]*\t)graph/[^;]*"), "$1plain/1");
  ASSERT_NE(others, timed.str());
  std::ofstream(path) << others;
  ASSERT_NE(run(*make(), options).picture.rgb, picture) << "they round otherwise";
  EXPECT_EQ(run(*clockless(), options).picture.rgb, picture);
  std::stringstream after;
  after << std::ifstream(path).rdbuf();
  EXPECT_EQ(after.str(), others);
}

TEST_F(CudaLoop, WithoutAClockBatchesEndAtFixedNumbers) {
  struct Stopper : TransferObserver {
    std::int64_t evaluations = 0;
    std::int64_t after = 0;
    void on_evaluation(const TraceRow& row, std::int64_t /*planned*/) override {
      evaluations = row.iteration;
    }
    bool stop_requested() override { return evaluations >= after; }
  };
  const TransferOptions options = every_loss_options(OptimizerKind::kAdam, 40);
  const auto backend = cuda::make_backend({0, Precision::kFp32, true, "", "", Choosing::kByRule});
  for (const auto& [after, end] : {std::pair(2, 8), std::pair(8, 8), std::pair(9, 16)}) {
    Stopper stopper;
    stopper.after = after;
    EXPECT_EQ(run(*backend, options, stopper).trace.size(), static_cast<std::size_t>(end));
  }
}

TEST_F(CudaLoop, WithoutAClockTooLittleMemoryIsAnErrorAndNotAnotherWay) {
  const TransferOptions options = every_loss_options(OptimizerKind::kAdam, 2);
  const auto clockless = [] {
    return cuda::make_backend({0, Precision::kFp32, true, "", "", Choosing::kByRule});
  };
  run(*clockless(), options);
  const std::uint64_t needed = cuda_emulation::counters().allocations;
  for (std::uint64_t n = 1; n <= needed; n += 2) {
    cuda_emulation::reset();
    cuda_emulation::fail_allocation(n);
    EXPECT_THROW(run(*clockless(), options), DeviceError) << n;
    EXPECT_EQ(cuda_emulation::counters().live_allocations, 0U) << n;
  }
  cuda_emulation::reset();
}

TEST_F(CudaLoop, AllocatesNoDeviceMemoryAfterItsFirstIteration) {
  for (const Precision precision : {Precision::kFp32, Precision::kFp16}) {
    for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
      const std::unique_ptr<Backend> backend = make(precision);
      CounterWatch counter(&cuda_emulation::Counters::allocations, 1);
      run(*backend, every_loss_options(optimizer, 12), counter);
      EXPECT_GT(counter.at_first, 0U);
      EXPECT_EQ(counter.at_last, counter.at_first);
    }
  }
}

TEST_F(CudaLoop, RunsAheadOfTheHost) {
  // The host looks at many iterations' values at a time, so it waits less often than once for each.
  CounterWatch counter(&cuda_emulation::Counters::synchronizations, 3);
  TransferOptions options = every_loss_options(OptimizerKind::kAdam, 200);
  content_ = test_picture(8, 8, 1);
  options.style_layers = {{"relu1_1"}};
  run(*make(), options, counter);
  EXPECT_LT(counter.at_last - counter.at_first, 150U);
}

TEST_F(CudaLoop, LbfgsWaitsOnceForEveryEvaluation) {
  content_ = test_picture(10, 8, 1);
  for (const LineSearch search : {LineSearch::kStrongWolfe, LineSearch::kNone}) {
    for (const int history : {10, 100}) {
      TransferOptions options = every_loss_options(OptimizerKind::kLbfgs, history + 20);
      options.line_search = search;
      options.lbfgs_history = history;
      CounterWatch counter(&cuda_emulation::Counters::synchronizations, 2);
      const TransferResult result = run(*make(), options, counter);
      ASSERT_EQ(result.trace.size(), static_cast<std::size_t>(options.iterations));
      const std::uint64_t waits = counter.at_last - counter.at_first;
      EXPECT_LE(waits, result.trace.size() - 2) << "with a history of " << history;
    }
  }
}

TEST_F(CudaLoop, SnapshotsShowThePicturesThatTheirEvaluationsSaw) {
  struct Snapshots : TransferObserver {
    std::vector<std::int64_t> iterations;
    std::vector<Image> pictures;
    void on_snapshot(std::int64_t iteration, const Image& picture) override {
      iterations.push_back(iteration);
      pictures.push_back(picture);
    }
  };
  TransferOptions options = every_loss_options(OptimizerKind::kAdam, 10);
  options.save_every = 4;
  Snapshots snapshots;
  run(*make(), options, snapshots);
  EXPECT_EQ(snapshots.iterations, (std::vector<std::int64_t>{4, 8}));
  // What evaluation 4 sees is what three updates made.
  options.save_every = 0;
  options.iterations = 3;
  const TransferResult three = run(*make(), options);
  ASSERT_EQ(snapshots.pictures.size(), 2U);
  EXPECT_EQ(snapshots.pictures[0].rgb, three.picture.rgb);
}

TEST_F(CudaLoop, TooLittleMemoryIsADeviceErrorThatNamesIt) {
  cuda_emulation::set_capacity(std::size_t{64} << 20U);
  const std::unique_ptr<Backend> backend = make();
  content_ = test_picture(1600, 1200, 1);
  TransferOptions options = every_loss_options(OptimizerKind::kAdam, 2);
  try {
    run(*backend, options);
    FAIL() << "64 MiB cannot hold this";
  } catch (const DeviceError& error) {
    EXPECT_NE(std::string(error.what()).find("not enough GPU memory"), std::string::npos)
        << error.what();
  }
  content_ = test_picture(24, 20, 1);
  EXPECT_EQ(run(*backend, options).trace.size(), 2U) << "the backend still works";
}

TEST_F(CudaLoop, ThePeakIsMeasuredByTheDevicesClock) {
  // The product is one node of a graph, whose launch counts as well.
  const Shape feature{64, 8, 8};
  const double seconds = 2e-3 * cuda_emulation::kOperationMilliseconds;
  EXPECT_NEAR(matrix_product_gflops(*make(Precision::kTf32), feature),
              2e-9 * 64 * 64 * 64 / seconds, 1e-9);
}

TEST_F(CudaLoop, ReplaysAreTimedWithoutWaitingInBetween) {
  const std::unique_ptr<Backend> backend = make();
  const OwnedTensor x(*backend, flat(8), Layout::kPlain);
  const std::unique_ptr<Recording> recording = backend->record([&] { backend->fill(1, x.get()); });
  backend->time_replays(*recording, 2);
  const std::uint64_t before = cuda_emulation::counters().synchronizations;
  const std::vector<double> times = backend->time_replays(*recording, 50);
  EXPECT_EQ(times, std::vector<double>(50, 2 * cuda_emulation::kOperationMilliseconds));
  EXPECT_EQ(cuda_emulation::counters().synchronizations, before + 1);
}

TEST_F(CudaLoop, ACapturedGraphOutlivesScratchMemoryThatGrows) {
  // In half precision the style gradient converts in scratch memory.
  const std::unique_ptr<Backend> backend = make(Precision::kFp16);
  const auto style_gradient = [&](const Shape& shape) {
    const auto f =
        std::make_shared<OwnedTensor>(*backend, shape, Layout::kFeature,
                                      HostValues(static_cast<std::size_t>(shape.elements()), 0.5));
    const auto df = std::make_shared<OwnedTensor>(*backend, shape, Layout::kDFeature);
    const auto d = std::make_shared<OwnedTensor>(
        *backend, square_matrix(shape.channels), Layout::kPlain,
        HostValues(static_cast<std::size_t>(shape.channels * shape.channels), 1.0));
    return std::pair(df, std::function<void()>([&backend, f, df, d] {
                       backend->dgram(1, d->get(), f->get(), df->get(), false);
                     }));
  };
  const auto [small_result, small] = style_gradient({8, 4, 4});
  std::unique_ptr<Recording> recording = backend->record(small);
  recording->replay();
  recording->replay();
  const auto [large_result, large] = style_gradient({8, 64, 64});
  large();
  backend->upload(std::span<const double>(HostValues(128, 0.0)), small_result->get());
  recording->replay();
  EXPECT_EQ(small_result->download(*backend), HostValues(128, 4.0));
  const std::size_t with_both = *backend->allocated_bytes();
  recording.reset();
  EXPECT_LT(*backend->allocated_bytes(), with_both) << "nobody uses the smaller one any more";
}

TEST_F(CudaLoop, NoSizeIsPromisedThatCudnnsTensorsCannotHold) {
  // 64 · 5792² < 2³¹ < 64 · 5808².
  weights_ = small_network({{64}}, 1);
  const Image square = test_picture(16, 16, 1);
  TransferOptions options = every_loss_options(OptimizerKind::kAdam, 1);
  options.content_layers = {{"relu1_1"}};
  options.style_layers = {{"relu1_1"}};
  options.upscale = true;
  const std::size_t terabyte = std::size_t{1} << 40U;
  for (const Precision precision : {Precision::kFp32, Precision::kFp16}) {
    const std::unique_ptr<Backend> backend = make(precision);
    EXPECT_EQ(largest_size(*backend, square, {square}, weights_, options, terabyte), 5792);
    TransferOptions larger = options;
    larger.size = 5808;
    TransferObserver silent;
    try {
      transfer_on(*backend, square, {square}, weights_, larger, silent);
      FAIL() << "cuDNN takes no such tensors";
    } catch (const MemoryError& error) {
      EXPECT_NE(std::string(error.what()).find("2147483647 at most"), std::string::npos)
          << error.what();
    }
  }
}

TEST_F(CudaLoop, WhateverAllocationFailsTheRunEndsCleanlyAndNothingLeaks) {
  const TransferOptions options = every_loss_options(OptimizerKind::kAdam, 2);
  run(*make(), options);
  const std::uint64_t needed = cuda_emulation::counters().allocations;
  ASSERT_GT(needed, 5U);
  int reported = 0;
  for (std::uint64_t n = 1; n <= needed; n += 3) {
    cuda_emulation::reset();
    cuda_emulation::fail_allocation(n);
    try {
      // While ways to convolve are timed, one that finds no room is left out, and the run goes on.
      EXPECT_EQ(run(*make(), options).trace.size(), 2U);
    } catch (const DeviceError&) {
      ++reported;
    }
    EXPECT_EQ(cuda_emulation::counters().live_allocations, 0U) << n;
  }
  EXPECT_GT(reported, 5);
  cuda_emulation::reset();
}

/// A half ends at 65504.
void make_first_convolution_overflow(NetworkWeights& weights) {
  for (float& value : weights.convolutions.front().weight) {
    value *= 1e6F;
  }
}

TEST_F(CudaLoop, OverflowThatFusedReluMakesZerosOfEndsTheRunAsDiverged) {
  // Behind the second convolution nothing but zeros is left of what overflowed, and every tap is
  // finite.
  make_first_convolution_overflow(weights_);
  for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    for (const bool graph : {true, false}) {
      TransferOptions options = every_loss_options(optimizer, 4);
      // Only what lies behind the overflow is looked at, and its target is all zeros too.
      options.style_weight = 0;
      options.tv_weight = 0;
      options.init = InitialImage::kNoise;
      const auto backend = cuda::make_backend({0, Precision::kFp16, graph, "fused/1", "plain/1"});
      const TransferResult result = run(*backend, options);
      EXPECT_EQ(result.outcome, Outcome::kDiverged);
      EXPECT_TRUE(result.trace.empty());
    }
  }
}

TEST_F(CudaLoop, OverflowInAWalkWithoutAWayBackIsSeenAtTheTaps) {
  make_first_convolution_overflow(weights_);
  const auto backend = cuda::make_backend({0, Precision::kFp16, true, "fused/1", "plain/1"});
  PreparedNetwork prepared(*backend, weights_);
  WalkOptions walk;
  walk.picture = {3, 12, 10};
  walk.taps = {find_tap(prepared.layers(), "relu2_1")};
  walk.backward = false;
  Network network(prepared, walk);
  const OwnedTensor picture(*backend, walk.picture, Layout::kPlain, HostValues(360, 1.0));
  network.forward(picture.get());
  HostValues values(static_cast<std::size_t>(network.tap(0).elements()));
  backend->download(network.tap(0), std::span<double>(values));
  EXPECT_TRUE(std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }));
}

TEST_F(CudaLoop, DevicesSayExactlyWhyAGpuCannotBeUsed) {
  EXPECT_EQ(cuda::find_devices().reason, "");
  EXPECT_EQ(cuda::find_devices().names.size(), 1U);
  cuda_emulation::set_presence(cudaErrorNoDevice);
  EXPECT_EQ(cuda::find_devices().reason, "the driver finds no GPU");
  cuda_emulation::set_presence(cudaErrorInsufficientDriver);
  EXPECT_NE(cuda::find_devices().reason.find("driver"), std::string::npos);
  EXPECT_THROW(make(), DeviceError);
}

}  // namespace
}  // namespace impasto
