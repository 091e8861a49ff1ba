// The backends that one test body runs over.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "backend/backend.hpp"

namespace impasto {

/// A backend under test and how closely it must follow the double reference.
struct BackendUnderTest {
  std::string name;
  std::unique_ptr<Backend> (*make)();
  double tolerance;  ///< relative, of single operations
};

/// For GoogleTest's messages.
void PrintTo(const BackendUnderTest& backend, std::ostream* stream);

/// reference-f64, reference-f32, cpu; cuda-emulated where the toolkit's headers are; cuda where a
/// GPU is.
const std::vector<BackendUnderTest>& backends_under_test();

/// For INSTANTIATE_TEST_SUITE_P: a name GoogleTest accepts.
std::string backend_test_name(const BackendUnderTest& backend);

}  // namespace impasto
