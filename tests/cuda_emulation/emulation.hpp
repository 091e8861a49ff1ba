// What a test can ask of the emulated device and do to it. docs/emulated-device.md says what the
// emulation proves and what it cannot.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace cuda_emulation {

/// What events say that each operation took: kernels, copies, calls of libraries, launches of
/// graphs and each of their nodes.
constexpr double kOperationMilliseconds = 10;

/// In what order a block's threads run between two barriers. Correct kernels do not notice.
enum class ThreadOrder {
  kMixed,  ///< drawn anew after every barrier: warps, and lanes in a warp, forward or backward
  kForward,
  kBackward,
};

/// The nodes of a captured graph by what they are.
struct GraphNodes {
  std::uint64_t kernels = 0;
  std::uint64_t library_calls = 0;  ///< cuBLAS and cuDNN; a real one may be several nodes
  std::uint64_t copies = 0;         ///< and fills
  [[nodiscard]] std::uint64_t total() const { return kernels + library_calls + copies; }
};

/// Everything since the last reset().
struct Counters {
  std::uint64_t allocations = 0;       ///< cudaMalloc and pinned host memory
  std::uint64_t live_allocations = 0;  ///< not yet freed
  std::uint64_t kernels = 0;           ///< executed
  std::uint64_t operations = 0;  ///< executed on streams, kernels and a graph's nodes included
  std::uint64_t synchronizations = 0;  ///< calls that made the host wait
  std::uint64_t copies_to_host = 0;
  std::uint64_t fused_convolutions = 0;  ///< cudnnConvolutionBiasActivationForward, executed
  std::uint64_t plain_convolutions = 0;  ///< cudnnConvolutionForward, executed
  std::uint64_t data_convolutions = 0;   ///< cudnnConvolutionBackwardData, executed
  std::uint64_t graph_plans = 0;         ///< cudnnBackendExecute, executed
  std::uint64_t masked_plans = 0;        ///< those of them with a ReLU's mask
  std::uint64_t added_plans = 0;         ///< and with another gradient added
  GraphNodes last_graph;                 ///< of the graph that was instantiated last
};

/// A device as after start-up: no memory, no streams, no sticky error, all hooks at their defaults.
/// Memory, streams, events and handles of before are gone; using them is an error.
void reset();

[[nodiscard]] Counters counters();

/// What went wrong on the device last, in words; empty when nothing did. The call that meets such
/// a failure returns its CUDA error, and so does every later call until reset(), as on hardware.
[[nodiscard]] std::string last_failure();

/// Bytes of device memory; 8 GiB at first.
void set_capacity(std::size_t bytes);
/// What cudaGetDeviceCount and every call that needs a device answer: cudaSuccess (there is one),
/// cudaErrorNoDevice or cudaErrorInsufficientDriver.
void set_presence(cudaError_t presence);
/// 9.0 at first.
void set_compute_capability(int major, int minor);
/// Makes the n-th allocation from now fail (1 = the next one): device and pinned memory alike.
void fail_allocation(std::uint64_t n);
/// Whether cuDNN has its graph API; it does at first.
void set_graph_api(bool there);
/// Whether cuDNN can compile engines at run time; it can at first.
void set_run_time_compiler(bool there);
/// Makes cuDNN find no memory for the n-th plan from now (1 = the next one).
void fail_plan(std::uint64_t n);
void set_thread_order(ThreadOrder order);

}  // namespace cuda_emulation
