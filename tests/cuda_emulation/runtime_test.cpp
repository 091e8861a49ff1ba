// The emulated runtime: what waits and what does not, what is refused, and that mistakes show.
#include <functional>

#include "cuda_emulation/fixture.hpp"
#include "cuda_emulation/test_kernels.hpp"

namespace cuda_emulation_test {
namespace {

using Runtime = EmulatedDevice;
using Capture = EmulatedDevice;

/// Pinned memory that gives itself back.
class Pinned {
 public:
  explicit Pinned(std::size_t count) {
    EXPECT_EQ(cudaMallocHost(reinterpret_cast<void**>(&data_), count * sizeof(float)), cudaSuccess);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() { cudaFreeHost(data_); }
  float& operator[](std::size_t n) { return data_[n]; }
  [[nodiscard]] float* data() const { return data_; }

 private:
  float* data_ = nullptr;
};

constexpr std::size_t kFloat = sizeof(float);

// ---- the device

TEST_F(Runtime, DescribesTheDevice) {
  int count = 0;
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
  EXPECT_EQ(count, 1);
  cudaDeviceProp properties;
  ASSERT_EQ(cudaGetDeviceProperties(&properties, 0), cudaSuccess);
  EXPECT_STREQ(properties.name, "Emulated device");
  EXPECT_EQ(properties.major, 9);
  int processors = 0;
  EXPECT_EQ(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0), cudaSuccess);
  EXPECT_EQ(processors, 132);
  EXPECT_EQ(cudaSetDevice(1), cudaErrorInvalidDevice);
  EXPECT_STREQ(cudaGetErrorName(cudaErrorInvalidDevice), "cudaErrorInvalidDevice");
}

TEST_F(Runtime, AMissingDeviceIsReportedByEveryCall) {
  for (const cudaError_t presence : {cudaErrorNoDevice, cudaErrorInsufficientDriver}) {
    cuda_emulation::set_presence(presence);
    int count = 7;
    EXPECT_EQ(cudaGetDeviceCount(&count), presence);
    EXPECT_EQ(count, 0);
    void* memory = nullptr;
    EXPECT_EQ(cudaMalloc(&memory, 16), presence);
    cudaStream_t stream = nullptr;
    EXPECT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), presence);
  }
}

// ---- memory

TEST_F(Runtime, CapacityIsFiniteAndReported) {
  cuda_emulation::set_capacity(1U << 20U);
  void* first = nullptr;
  void* second = nullptr;
  EXPECT_EQ(cudaMalloc(&first, 900U << 10U), cudaSuccess);
  std::size_t free_bytes = 0;
  std::size_t total = 0;
  EXPECT_EQ(cudaMemGetInfo(&free_bytes, &total), cudaSuccess);
  EXPECT_EQ(total, 1U << 20U);
  EXPECT_EQ(free_bytes, 124U << 10U);
  EXPECT_EQ(cudaMalloc(&second, 200U << 10U), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);  // not sticky
  EXPECT_EQ(cudaFree(first), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&second, 200U << 10U), cudaSuccess);
  EXPECT_EQ(cudaFree(second), cudaSuccess);
}

TEST_F(Runtime, AChosenAllocationFails) {
  cuda_emulation::fail_allocation(2);
  void* memory[3] = {};
  EXPECT_EQ(cudaMalloc(&memory[0], 16), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&memory[1], 16), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaMalloc(&memory[2], 16), cudaSuccess);
  EXPECT_EQ(cuda_emulation::counters().live_allocations, 2U);
}

TEST_F(Runtime, OnlyWhatWasAllocatedIsFreed) {
  const DeviceArray<float> x(8);
  EXPECT_EQ(cudaFree(x.data() + 1), cudaErrorInvalidValue);
  float host = 0;
  EXPECT_EQ(cudaFree(&host), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(nullptr), cudaSuccess);
  void* pinned = nullptr;
  ASSERT_EQ(cudaMallocHost(&pinned, 64), cudaSuccess);
  EXPECT_EQ(cudaFree(pinned), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
}

TEST_F(Runtime, CopiesInTheWrongDirectionOrOutOfRangeAreRefused) {
  const DeviceArray<float> x(8);
  std::vector<float> host(16);
  EXPECT_EQ(cudaMemcpy(host.data(), x.data(), 8 * kFloat, cudaMemcpyHostToDevice),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(x.data(), host.data(), 8 * kFloat, cudaMemcpyDeviceToDevice),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(x.data(), host.data(), 9 * kFloat, cudaMemcpyHostToDevice),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(host.data(), x.data() + 4, 5 * kFloat, cudaMemcpyDeviceToHost),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(host.data(), x.data() + 4, 4 * kFloat, cudaMemcpyDefault), cudaSuccess);
  EXPECT_EQ(cudaMemset(host.data(), 0, 4), cudaErrorInvalidValue);
}

// ---- lazy streams

TEST_F(Runtime, WorkRunsOnlyWhenSomebodyWaits) {
  const cudaStream_t stream = make_stream();
  const DeviceArray<float> x(std::vector<float>(4, 1.0F));
  const DeviceArray<float> y(std::vector<float>(4, 0.0F));
  Pinned host(4);
  host[0] = -1;
  axpy(4, 1.0F, x.data(), y.data(), stream);
  EXPECT_EQ(cudaMemcpyAsync(host.data(), y.data(), 4 * kFloat, cudaMemcpyDeviceToHost, stream),
            cudaSuccess);
  EXPECT_EQ(host[0], -1.0F);  // nobody waited: stale
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(host[0], 1.0F);
}

TEST_F(Runtime, PageableSourcesAreStagedAtTheCallPinnedOnesReadLater) {
  const cudaStream_t stream = make_stream();
  const DeviceArray<float> x(2);
  std::vector<float> pageable{1.0F};
  Pinned pinned(1);
  pinned[0] = 1.0F;
  cudaMemcpyAsync(x.data(), pageable.data(), kFloat, cudaMemcpyHostToDevice, stream);
  cudaMemcpyAsync(x.data() + 1, pinned.data(), kFloat, cudaMemcpyHostToDevice, stream);
  pageable[0] = 2.0F;
  pinned[0] = 2.0F;
  EXPECT_EQ(x.values(), (std::vector<float>{1.0F, 2.0F}));
}

TEST_F(Runtime, ANonBlockingStreamDoesNotWaitForTheDefaultStream) {
  // The classic trap: cudaMemcpy from pageable memory and cudaMemset may return before the device
  // has the bytes, and a non-blocking stream is not ordered after them.
  const DeviceArray<float> x(std::vector<float>(1, 1.0F));
  const DeviceArray<float> y(std::vector<float>(1, 0.0F));
  const float five = 5.0F;
  EXPECT_EQ(cudaMemcpy(x.data(), &five, kFloat, cudaMemcpyHostToDevice), cudaSuccess);
  const cudaStream_t free_stream = make_stream(cudaStreamNonBlocking);
  axpy(1, 1.0F, x.data(), y.data(), free_stream);
  EXPECT_EQ(cudaStreamSynchronize(free_stream), cudaSuccess);
  EXPECT_EQ(y.values()[0], 1.0F);

  EXPECT_EQ(cudaMemcpy(x.data(), &five, kFloat, cudaMemcpyHostToDevice), cudaSuccess);
  const cudaStream_t blocking = make_stream(cudaStreamDefault);
  axpy(1, 1.0F, x.data(), y.data(), blocking);
  EXPECT_EQ(cudaStreamSynchronize(blocking), cudaSuccess);
  EXPECT_EQ(y.values()[0], 6.0F);
}

TEST_F(Runtime, EventsOrderStreams) {
  const cudaStream_t first = make_stream();
  const cudaStream_t second = make_stream();
  const DeviceArray<float> x(std::vector<float>(1, 1.0F));
  const DeviceArray<float> y(std::vector<float>(1, 0.0F));
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
  axpy(1, 1.0F, x.data(), y.data(), first);  // y = 1
  EXPECT_EQ(cudaEventRecord(event, first), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(second, event, 0), cudaSuccess);
  axpy(1, 1.0F, y.data(), x.data(), second);  // x = 2, after y
  EXPECT_EQ(cudaStreamSynchronize(second), cudaSuccess);
  EXPECT_EQ(x.values()[0], 2.0F);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
}

TEST_F(Runtime, EventsAnswerAndMeasure) {
  const cudaStream_t stream = make_stream();
  cudaEvent_t start = nullptr;
  cudaEvent_t end = nullptr;
  ASSERT_EQ(cudaEventCreate(&start), cudaSuccess);
  ASSERT_EQ(cudaEventCreate(&end), cudaSuccess);
  cudaEventRecord(start, stream);
  cudaEventRecord(end, stream);
  float milliseconds = -1;
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaErrorNotReady);
  EXPECT_EQ(cudaEventQuery(end), cudaErrorNotReady);
  while (cudaEventQuery(end) == cudaErrorNotReady) {  // polling comes to an end
  }
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaSuccess);
  EXPECT_EQ(milliseconds, 0.0F) << "nothing was done in between";
  cudaEventDestroy(start);
  cudaEventDestroy(end);
  EXPECT_EQ(cudaEventQuery(end), cudaErrorInvalidResourceHandle);
}

TEST_F(Runtime, DestroyingAStreamLosesNoWork) {
  const DeviceArray<float> x(std::vector<float>(1, 1.0F));
  const DeviceArray<float> y(std::vector<float>(1, 0.0F));
  const cudaStream_t stream = make_stream();
  axpy(1, 1.0F, x.data(), y.data(), stream);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(y.values()[0], 1.0F);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle);
}

TEST_F(Runtime, MemoryFreedWhileACopyWaitsIsNoticed) {
  if (!kAddressSanitizer) {
    GTEST_SKIP() << "needs AddressSanitizer (the sanitize preset)";
  }
  const DeviceArray<float> x(std::vector<float>(4, 1.0F));
  EXPECT_DEATH(
      {
        {
          std::vector<float> host(4);
          cudaMemcpyAsync(host.data(), x.data(), 4 * kFloat, cudaMemcpyDeviceToHost, nullptr);
        }
        cudaDeviceSynchronize();
      },
      "heap-use-after-free");
}

TEST_F(Runtime, CountersCount) {
  const DeviceArray<float> x(std::vector<float>(4, 1.0F));
  const DeviceArray<float> y(std::vector<float>(4, 1.0F));
  const auto before = cuda_emulation::counters();
  axpy(4, 1.0F, x.data(), y.data(), nullptr);
  EXPECT_EQ(cuda_emulation::counters().kernels, before.kernels);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  const auto after = cuda_emulation::counters();
  EXPECT_EQ(after.kernels, before.kernels + 1);
  EXPECT_EQ(after.synchronizations, before.synchronizations + 1);
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.copies_to_host, before.copies_to_host);
}

// ---- capture

/// Captures what `record` gives to the stream, with the result of EndCapture.
template <typename Record>
cudaError_t capture(cudaStream_t stream, const Record& record, cudaGraph_t* graph,
                    cudaStreamCaptureMode mode = cudaStreamCaptureModeThreadLocal) {
  EXPECT_EQ(cudaStreamBeginCapture(stream, mode), cudaSuccess);
  record();
  return cudaStreamEndCapture(stream, graph);
}

TEST_F(Capture, RecordsAndReplaysWithThePresentValues) {
  const cudaStream_t stream = make_stream();
  const DeviceArray<float> x(std::vector<float>(4, 1.0F));
  const DeviceArray<float> y(std::vector<float>(4, 0.0F));
  Pinned host(1);
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(capture(
                stream,
                [&] {
                  cudaStreamCaptureStatus status{};
                  EXPECT_EQ(cudaStreamIsCapturing(stream, &status), cudaSuccess);
                  EXPECT_EQ(status, cudaStreamCaptureStatusActive);
                  axpy(4, 1.0F, x.data(), y.data(), stream);
                  axpy(4, 1.0F, x.data(), y.data(), stream);
                  cudaMemcpyAsync(host.data(), y.data(), kFloat, cudaMemcpyDeviceToHost, stream);
                },
                &graph),
            cudaSuccess);
  EXPECT_EQ(y.values()[0], 0.0F);  // recording runs nothing
  std::size_t nodes = 0;
  EXPECT_EQ(cudaGraphGetNodes(graph, nullptr, &nodes), cudaSuccess);
  EXPECT_EQ(nodes, 3U);
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
  EXPECT_EQ(cuda_emulation::counters().last_graph.kernels, 2U);
  EXPECT_EQ(cuda_emulation::counters().last_graph.copies, 1U);
  EXPECT_EQ(cuda_emulation::counters().last_graph.library_calls, 0U);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  for (int launches = 1; launches <= 3; ++launches) {
    EXPECT_EQ(cudaGraphLaunch(executable, stream), cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(host[0], 2.0F * static_cast<float>(launches));
  }
  EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(executable, stream), cudaErrorInvalidValue);
}

TEST_F(Capture, ForbiddenCallsInvalidateIt) {
  const DeviceArray<float> x(4);
  std::vector<float> pageable(4);
  void* memory = nullptr;
  struct Forbidden {
    const char* name;
    std::function<cudaError_t(cudaStream_t)> call;
  };
  const std::vector<Forbidden> all{
      {"cudaMalloc", [&](cudaStream_t) { return cudaMalloc(&memory, 16); }},
      {"cudaMallocHost", [&](cudaStream_t) { return cudaMallocHost(&memory, 16); }},
      {"cudaFree", [&](cudaStream_t) { return cudaFree(x.data()); }},
      {"cudaStreamSynchronize", [](cudaStream_t stream) { return cudaStreamSynchronize(stream); }},
      {"cudaStreamQuery", [](cudaStream_t stream) { return cudaStreamQuery(stream); }},
      {"cudaDeviceSynchronize", [](cudaStream_t) { return cudaDeviceSynchronize(); }},
      {"cudaMemcpy",
       [&](cudaStream_t) {
         return cudaMemcpy(x.data(), pageable.data(), 16, cudaMemcpyHostToDevice);
       }},
      {"cudaMemcpyAsync from pageable memory",
       [&](cudaStream_t stream) {
         return cudaMemcpyAsync(x.data(), pageable.data(), 16, cudaMemcpyHostToDevice, stream);
       }},
  };
  for (const Forbidden& forbidden : all) {
    const cudaStream_t stream = make_stream();
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(capture(
                  stream,
                  [&] {
                    EXPECT_EQ(forbidden.call(stream), cudaErrorStreamCaptureUnsupported)
                        << forbidden.name;
                  },
                  &graph, cudaStreamCaptureModeGlobal),
              cudaErrorStreamCaptureInvalidated)
        << forbidden.name;
    EXPECT_EQ(graph, nullptr);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);  // the stream works again
    cudaStreamDestroy(stream);
  }
}

TEST_F(Capture, RelaxedModeAllowsAllocations) {
  const cudaStream_t stream = make_stream();
  cudaGraph_t graph = nullptr;
  void* memory = nullptr;
  EXPECT_EQ(capture(
                stream, [&] { EXPECT_EQ(cudaMalloc(&memory, 16), cudaSuccess); }, &graph,
                cudaStreamCaptureModeRelaxed),
            cudaSuccess);
  cudaGraphDestroy(graph);
}

TEST_F(Capture, TheLegacyStreamMayNotMeetABlockingStreamUnderCapture) {
  const DeviceArray<float> x(std::vector<float>(4, 1.0F));
  const DeviceArray<float> y(4);
  const cudaStream_t stream = make_stream(cudaStreamDefault);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(capture(
                stream,
                [&] {
                  axpy(4, 1.0F, x.data(), y.data(), nullptr);
                  EXPECT_EQ(cudaGetLastError(), cudaErrorStreamCaptureImplicit);
                },
                &graph),
            cudaErrorStreamCaptureInvalidated);
}

TEST_F(Capture, ForksMustBeJoined) {
  const cudaStream_t first = make_stream();
  const cudaStream_t second = make_stream();
  const DeviceArray<float> x(std::vector<float>(1, 1.0F));
  const DeviceArray<float> y(std::vector<float>(1, 0.0F));
  cudaEvent_t fork = nullptr;
  cudaEvent_t join = nullptr;
  ASSERT_EQ(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming), cudaSuccess);
  ASSERT_EQ(cudaEventCreateWithFlags(&join, cudaEventDisableTiming), cudaSuccess);
  for (const bool joined : {true, false}) {
    cudaGraph_t graph = nullptr;
    const cudaError_t result = capture(
        first,
        [&] {
          cudaEventRecord(fork, first);
          cudaStreamWaitEvent(second, fork, 0);
          axpy(1, 1.0F, x.data(), y.data(), second);
          if (joined) {
            cudaEventRecord(join, second);
            cudaStreamWaitEvent(first, join, 0);
          }
          EXPECT_EQ(cudaEventQuery(fork), cudaErrorCapturedEvent);
        },
        &graph);
    // Asking a captured event invalidates.
    EXPECT_EQ(result, cudaErrorStreamCaptureInvalidated);
  }
  for (const bool joined : {true, false}) {
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(capture(
                  first,
                  [&] {
                    cudaEventRecord(fork, first);
                    cudaStreamWaitEvent(second, fork, 0);
                    axpy(1, 1.0F, x.data(), y.data(), second);
                    if (joined) {
                      cudaEventRecord(join, second);
                      cudaStreamWaitEvent(first, join, 0);
                    }
                    axpy(1, 1.0F, x.data(), y.data(), first);
                  },
                  &graph),
              joined ? cudaSuccess : cudaErrorStreamCaptureUnjoined);
    if (joined) {
      cudaGraphExec_t executable = nullptr;
      EXPECT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
      EXPECT_EQ(cudaGraphLaunch(executable, first), cudaSuccess);
      EXPECT_EQ(y.values()[0], 2.0F);
      cudaGraphExecDestroy(executable);
      cudaGraphDestroy(graph);
    }
  }
  cudaEventDestroy(fork);
  cudaEventDestroy(join);
}

TEST_F(Capture, WorkOutsideMayNotBecomeADependency) {
  const cudaStream_t stream = make_stream();
  const cudaStream_t other = make_stream();
  cudaEvent_t outside = nullptr;
  ASSERT_EQ(cudaEventCreate(&outside), cudaSuccess);
  cudaEventRecord(outside, other);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(capture(
                stream,
                [&] {
                  EXPECT_EQ(cudaStreamWaitEvent(stream, outside, 0),
                            cudaErrorStreamCaptureIsolation);
                },
                &graph),
            cudaErrorStreamCaptureInvalidated);
  cudaEventDestroy(outside);
}

TEST_F(Capture, AGraphThatUsesFreedMemoryFails) {
  const cudaStream_t stream = make_stream();
  const DeviceArray<float> y(4);
  float* x = nullptr;
  ASSERT_EQ(cudaMalloc(reinterpret_cast<void**>(&x), 4 * kFloat), cudaSuccess);
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(capture(
                stream, [&] { axpy(4, 1.0F, x, y.data(), stream); }, &graph),
            cudaSuccess);
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
  ASSERT_EQ(cudaFree(x), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(executable, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorIllegalAddress);
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
}

}  // namespace
}  // namespace cuda_emulation_test
