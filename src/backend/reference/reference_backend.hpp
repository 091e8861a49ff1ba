// The oracle: every operation as plain loops over CHW arrays, in float or double. Slow, and meant
// to be read.
#pragma once

#include <memory>

#include "backend/backend.hpp"

namespace impasto {

/// T = double ("reference-f64") is what gradients are checked in; T = float ("reference-f32") has
/// the CPU backend's types.
template <typename T>
std::unique_ptr<Backend> make_reference_backend();

extern template std::unique_ptr<Backend> make_reference_backend<float>();
extern template std::unique_ptr<Backend> make_reference_backend<double>();

}  // namespace impasto
