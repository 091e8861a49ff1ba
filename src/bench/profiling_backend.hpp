// A backend that forwards every operation to another and takes its time: what `bench --profile`
// runs on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/forwarding_backend.hpp"

namespace impasto {

/// All calls of one operation at one shape. Bytes are those of its arguments, each once; FLOP those
/// of the plain formula (for a convolution, of the direct algorithm).
struct OperationProfile {
  std::string name;
  std::int64_t calls = 0;
  double seconds = 0;
  double flop = 0;
  double bytes = 0;
};

class ProfilingBackend;

/// Wraps `inner`, which must outlive it. Every operation is waited for.
std::unique_ptr<ProfilingBackend> make_profiling_backend(Backend& inner);

class ProfilingBackend : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  /// Since construction or the last call, the costliest first.
  virtual std::vector<OperationProfile> take_profile() = 0;
};

}  // namespace impasto
