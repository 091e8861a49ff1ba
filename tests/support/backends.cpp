#include "support/backends.hpp"

#include <algorithm>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda_plugin.hpp"
#include "backend/reference/reference_backend.hpp"
#ifdef IMPASTO_CUDA_EMULATION
#include "backend/cuda/cuda_backend.hpp"
#endif

namespace impasto {
namespace {

using MakeCuda = std::function<std::unique_ptr<Backend>(const CudaOptions&)>;

/// A precision and how far its rounding may lead: of the feature maps' 24, 11, 8 and 11 bits. TF32
/// cuts maps off, so that every layer shrinks a little: losses of a Gram matrix come out 1 % small.
struct PrecisionUnderTest {
  const char* name;
  Precision precision;
  double tolerance;
  double network_tolerance;
  double gradient_tolerance;  ///< reached on the emulated device: 9e-7, 0.080, 0.324, 0.084
};
constexpr PrecisionUnderTest kPrecisions[] = {{"fp32", Precision::kFp32, 1e-5, 2e-5, 2e-5},
                                              {"tf32", Precision::kTf32, 3e-3, 2e-2, 0.16},
                                              {"bf16", Precision::kBf16, 2e-2, 5e-2, 0.4},
                                              {"fp16", Precision::kFp16, 2e-2, 5e-2, 0.17}};

/// What is done otherwise than by default.
struct WayUnderTest {
  const char* suffix;
  bool graph;
  const char* forward;
  const char* backward;
  Choosing choosing = Choosing::kByClock;
};
/// Plans of the graph API, then the classic calls that cuDNN has for NHWC filters on every GPU;
/// others are refused on some.
constexpr WayUnderTest kWays[] = {{"", true, "", ""},
                                  {"-plans", true, "graph", "graph"},
                                  {"-fused-turned", true, "fused/1", "plain/1"},
                                  {"-unfused-data", true, "plain/1", "data/1"},
                                  {"-direct", false, "fused/1", "data/1"}};
constexpr WayUnderTest kClockless{"-clockless", true, "", "", Choosing::kByRule};

void add_row(std::vector<BackendUnderTest>& rows, const std::string& device,
             const PrecisionUnderTest& precision, const WayUnderTest& way, const MakeCuda& make) {
  const CudaOptions options{0,           precision.precision, way.graph,
                            way.forward, way.backward,        way.choosing};
  rows.push_back({device + "-" + precision.name + way.suffix,
                  [make, options] { return make(options); }, precision.tolerance,
                  precision.network_tolerance, precision.gradient_tolerance});
}

/// Calls add(device's name, how to make its backend) for the emulated device and for a GPU.
template <typename Add>
void for_each_device(const Add& add) {
#ifdef IMPASTO_CUDA_EMULATION
  add("cuda-emulated", cuda::make_backend);
#endif
  if (why_no_cuda().empty()) {
    add("cuda", make_cuda_backend);
  }
}

std::vector<BackendUnderTest> host_backends() {
  return {{"reference-f64", [] { return make_reference_backend<double>(); }, 1e-12, 1e-6, 1e-6},
          {"reference-f32", [] { return make_reference_backend<float>(); }, 1e-5, 2e-5, 2e-5},
          {"cpu", [] { return make_cpu_backend(0); }, 1e-5, 2e-5, 2e-5}};
}

}  // namespace

const std::vector<BackendUnderTest>& backends_under_test() {
  static const std::vector<BackendUnderTest> backends = [] {
    std::vector<BackendUnderTest> rows = host_backends();
    for_each_device([&](const std::string& device, const MakeCuda& make) {
      add_row(rows, device, kPrecisions[0], kWays[0], make);
    });
    return rows;
  }();
  return backends;
}

const std::vector<BackendUnderTest>& every_way_under_test() {
  static const std::vector<BackendUnderTest> backends = [] {
    std::vector<BackendUnderTest> rows = host_backends();
    for_each_device([&](const std::string& device, const MakeCuda& make) {
      for (const PrecisionUnderTest& precision : kPrecisions) {
        for (const WayUnderTest& way : kWays) {
          add_row(rows, device, precision, way, make);
        }
      }
    });
    return rows;
  }();
  return backends;
}

const std::vector<BackendUnderTest>& clockless_devices_under_test() {
  static const std::vector<BackendUnderTest> backends = [] {
    std::vector<BackendUnderTest> rows;
    for_each_device([&](const std::string& device, const MakeCuda& make) {
      add_row(rows, device, kPrecisions[0], kClockless, make);
    });
    return rows;
  }();
  return backends;
}

// GoogleTest looks for this name.
void PrintTo(const BackendUnderTest& backend,
             std::ostream* stream) {  // NOLINT(readability-identifier-naming)
  *stream << backend.name;
}

std::string backend_test_name(const BackendUnderTest& backend) {
  std::string name = backend.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace impasto
