// The vectors that an optimiser works with, in one piece of backend memory.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "impasto/error.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

/// `count` pictures of one shape, zero-filled.
class Vectors {
 public:
  Vectors(Backend& backend, const Shape& shape, std::size_t count)
      : type_(backend.pixel_type()),
        shape_(shape),
        stride_(storage_bytes(shape.elements(), type_)),
        memory_(backend.allocate(stride_ * count)) {}

  Tensor operator[](std::size_t n) const {
    return {memory_->data() + n * stride_, shape_, type_, Layout::kPlain};
  }

 private:
  ElementType type_;
  Shape shape_;
  std::size_t stride_;
  std::unique_ptr<Memory> memory_;
};

/// z = x + a y
inline void add_multiple(Backend& backend, const Tensor& x, double a, const Tensor& y,
                         const Tensor& z) {
  backend.combine(std::array{1.0, a}, std::array{x, y}, z);
}

/// A vector's values on the host, and back. upload throws InputError where the sizes differ.
inline std::vector<float> download_vector(Backend& backend, const Tensor& x) {
  std::vector<float> values(static_cast<std::size_t>(x.elements()));
  backend.download(x, std::span<float>(values));
  return values;
}
inline void upload_vector(Backend& backend, const std::vector<float>& values, const Tensor& x) {
  if (static_cast<std::int64_t>(values.size()) != x.elements()) {
    throw InputError("the optimiser's state is of another size", "checkpoint",
                     "resume with the options and pictures of the interrupted run");
  }
  backend.upload(std::span<const float>(values), x);
}

/// Throws InputError unless a state is what its optimiser expects.
inline void require_state(bool fits) {
  if (!fits) {
    throw InputError("the state is another optimiser's", "checkpoint",
                     "resume with the options of the interrupted run");
  }
}

/// One double in backend memory.
class DeviceScalar {
 public:
  explicit DeviceScalar(Backend& backend)
      : backend_(backend), memory_(backend.allocate(sizeof(double))) {}

  [[nodiscard]] Scalar slot() const { return {reinterpret_cast<double*>(memory_->data())}; }
  /// Waits.
  [[nodiscard]] double get() const {
    double value = 0;
    backend_.read_scalars(slot(), {&value, 1});
    return value;
  }
  /// Waits.
  void set(double value) { backend_.write_scalars({&value, 1}, slot()); }

 private:
  Backend& backend_;
  std::unique_ptr<Memory> memory_;
};

/// Reductions made readable on the host.
class HostScalar {
 public:
  explicit HostScalar(Backend& backend) : backend_(backend), scalar_(backend) {}

  double dot(const Tensor& x, const Tensor& y) {
    backend_.dot(x, y, scalar_.slot());
    return scalar_.get();
  }
  double absolute_max(const Tensor& x) {
    backend_.absolute_max(x, scalar_.slot());
    return scalar_.get();
  }

 private:
  Backend& backend_;
  DeviceScalar scalar_;
};

}  // namespace impasto
