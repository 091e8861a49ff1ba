#include "bench/profiling_backend.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <utility>

namespace impasto {
namespace {

/// Adds up times by name.
class Stopwatch {
 public:
  explicit Stopwatch(Backend& inner) : inner_(inner) {}

  void time(const OperationCall& operation, const std::function<void()>& call) {
    inner_.synchronize();
    const auto start = std::chrono::steady_clock::now();
    call();
    inner_.synchronize();
    OperationProfile& profile = profiles_[operation.name];
    profile.name = operation.name;
    ++profile.calls;
    profile.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    profile.flop += operation.flop;
    profile.bytes += operation.bytes;
  }

  std::vector<OperationProfile> take() {
    std::vector<OperationProfile> result;
    for (const auto& [name, profile] : std::exchange(profiles_, {})) {
      result.push_back(profile);
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
    return result;
  }

 private:
  Backend& inner_;
  std::map<std::string, OperationProfile> profiles_;
};

class Profiler final : public ProfilingBackend {
 public:
  explicit Profiler(Backend& inner) : ProfilingBackend(inner), stopwatch_(inner) {}

  std::vector<OperationProfile> take_profile() override { return stopwatch_.take(); }

 protected:
  void around(const OperationCall& operation, const std::function<void()>& call) override {
    stopwatch_.time(operation, call);
  }

 private:
  Stopwatch stopwatch_;
};

}  // namespace

std::unique_ptr<ProfilingBackend> make_profiling_backend(Backend& inner) {
  return std::make_unique<Profiler>(inner);
}

}  // namespace impasto
