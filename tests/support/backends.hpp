// The backends that one test body runs over.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "backend/backend.hpp"

namespace impasto {

/// A backend under test and how closely it must follow the double reference.
struct BackendUnderTest {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;
  double tolerance;           ///< relative, of single operations
  double network_tolerance;   ///< relative, of losses and pixel gradients through a small network
  double gradient_tolerance;  ///< relative, of pixel gradients through the golden network

  /// Whether it computes in fewer digits than float has.
  [[nodiscard]] bool is_coarse() const { return tolerance > 1e-4; }
};

/// For GoogleTest's messages.
void PrintTo(const BackendUnderTest& backend, std::ostream* stream);

/// reference-f64, reference-f32, cpu, and CUDA in fp32, its ways to convolve timed: on the emulated
/// device where the toolkit's headers are (cuda-emulated-fp32), on a GPU where there is one
/// (cuda-fp32).
const std::vector<BackendUnderTest>& backends_under_test();

/// The same with a row for each of CUDA's precisions, and for each of those one that times its ways
/// to convolve, one for each way that is forced, and one that launches directly instead of
/// replaying a graph.
const std::vector<BackendUnderTest>& every_way_under_test();

/// CUDA in fp32 that chooses without a clock (cuda-emulated-fp32-clockless and so on).
const std::vector<BackendUnderTest>& clockless_devices_under_test();

/// For INSTANTIATE_TEST_SUITE_P: a name GoogleTest accepts.
std::string backend_test_name(const BackendUnderTest& backend);

}  // namespace impasto
