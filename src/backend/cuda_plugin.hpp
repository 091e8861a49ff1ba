// What the library knows of the CUDA backend: a plug-in of its own (libimpasto_cuda.so), so that
// the program starts where there is no CUDA, and can say exactly why a GPU cannot be used.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "backend/run_choices.hpp"
#include "impasto/options.hpp"

namespace impasto {

struct CudaOptions {
  int device = 0;
  Precision precision = Precision::kTf32;
  bool graph = true;  ///< replay recordings as captured graphs; false: launch every operation
  /// Ways to convolve (PassChoice's names, "fused/1") to use instead of the fastest; empty: timed.
  std::string forward_way = {};
  std::string backward_way = {};
  /// Without a clock: the first way that works, in place of the fastest; no choice is remembered.
  Choosing choosing = Choosing::kByClock;
};

/// Why a GPU cannot be used, or what there is.
struct CudaDevices {
  std::string reason;              ///< empty when at least one device can be used
  std::vector<std::string> names;  ///< of usable devices, by index; "" for one that is too old
  std::vector<std::string> lines;  ///< for people: one per device
  std::vector<bool> fp32_only;     ///< by index: knows neither TF32 nor bfloat16
  std::map<std::string, std::string>
      versions;  ///< "CUDA toolkit", "CUDA driver", "cuDNN", "cuBLAS"
};

// The plug-in's entry points; exceptions pass through.
extern "C" {
using MakeCudaBackend = void (*)(const CudaOptions& options, std::unique_ptr<Backend>& made);
using FindCudaDevices = void (*)(CudaDevices& found);
}

/// Loads the plug-in and its libraries on first use; never throws. The reason tells what is
/// missing.
const CudaDevices& cuda_devices();

/// Why no GPU can be used; empty when one can. Where there is no driver it says so without loading
/// CUDA's libraries, which takes a quarter of a second.
std::string why_no_cuda();

/// "built", or "not built (missing: nvcc, cudnn.h)": whether this build has the plug-in, and what
/// the machine that built it lacked.
std::string cuda_in_this_build();

/// Throws DeviceError when the device cannot be used.
std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options);

}  // namespace impasto
