#include "losses/wasserstein.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "backend/owned_tensor.hpp"

namespace impasto {
namespace {

constexpr double kEpsilon = 1e-4;
constexpr int kSteps = 12;

/// Takes consecutive matrices of N columns from a tensor.
class Rows {
 public:
  explicit Rows(const Tensor& all) : all_(all) {}

  Tensor take(std::int64_t rows) {
    const Tensor taken{at(next_), {1, rows, all_.shape.width}, all_.type, Layout::kPlain};
    next_ += rows;
    return taken;
  }
  /// N values as a column.
  Tensor take_column() {
    Tensor column = take(1);
    column.shape = {1, all_.shape.width, 1};
    return column;
  }

 private:
  [[nodiscard]] void* at(std::int64_t row) const {
    return static_cast<std::byte*>(all_.data) +
           static_cast<std::size_t>(row * all_.shape.width) * size_of(all_.type);
  }

  Tensor all_;
  std::int64_t next_ = 0;
};

/// The statistic's parts. `measure` writes moment and mean; `prepare` makes the rest of them.
struct Moments {
  explicit Moments(const Tensor& all) : Moments(Rows(all), all.shape.width) {}

  Tensor moment;    ///< S; of a prepared target Σ
  Tensor root;      ///< Σ^½
  Tensor identity;  ///< I
  Tensor mean;      ///< μ

 private:
  Moments(Rows rows, std::int64_t n)
      : moment(rows.take(n)),
        root(rows.take(n)),
        identity(rows.take(n)),
        mean(rows.take_column()) {}
};

TensorForm moments_form(std::int64_t n) {
  return {{1, 3 * n + 1, n}};
}

/// What Newton–Schulz works on, N × N each.
struct Steps {
  explicit Steps(Rows& rows, std::int64_t n)
      : x(rows.take(n)),
        y(rows.take(n)),
        z(rows.take(n)),
        d(rows.take(n)),
        w(rows.take(n)),
        half_wz(rows.take(n)),
        factor(rows.take(n)),
        next(rows.take(n)) {}

  Tensor x;  ///< C, then X
  Tensor y;
  Tensor z;
  Tensor d;
  Tensor w;
  Tensor half_wz;
  Tensor factor;
  Tensor next;
};

constexpr std::int64_t kStepMatrices = 8;

/// Room for two doubles before the matrices, however few channels there are.
constexpr std::int64_t kScalarBytes = 64;

Tensor transposed(Tensor column) {
  std::swap(column.shape.height, column.shape.width);
  return column;
}

/// S → Σ, in its place.
void to_covariance(Backend& backend, const Tensor& mean, const Tensor& identity,
                   const Tensor& moment) {
  backend.multiply(-1, mean, transposed(mean), moment, true);
  backend.axpy(kEpsilon, identity, moment);
}

/// y = a · left + b · right.
void sum_of(Backend& backend, double a, const Tensor& left, double b, const Tensor& right,
            const Tensor& y) {
  const double factors[] = {a, b};
  const Tensor terms[] = {left, right};
  backend.combine(factors, terms, y);
}

/// C at s.x → X there, Y and D; squares = ‖C‖².
void newton_schulz(Backend& backend, const Tensor& identity, Scalar squares, Steps& s) {
  backend.dot(s.x, s.x, squares);
  backend.divide_by_norm(s.x, squares, s.x);
  // The first step, where W = X: Z = (3I − X)/2, Y = X Z, D = 3/2 I − X.
  sum_of(backend, 1.5, identity, -0.5, s.x, s.z);
  backend.multiply(1, s.x, s.z, s.y, false);
  sum_of(backend, 1.5, identity, -1, s.x, s.d);
  for (int n = 1; n < kSteps; ++n) {
    backend.multiply(1, s.z, s.y, s.w, false);
    backend.multiply(0.5, s.w, s.z, s.half_wz, false);
    // Y ← Y (3I − W)/2
    sum_of(backend, 1.5, identity, -0.5, s.w, s.factor);
    backend.multiply(1, s.y, s.factor, s.next, false);
    std::swap(s.y, s.next);
    // Z ← 3/2 Z − ½ W Z
    sum_of(backend, 1.5, s.z, -1, s.half_wz, s.next);
    std::swap(s.z, s.next);
    // D ← 3/2 D (I − W) + ½ W Z
    sum_of(backend, 1, identity, -1, s.w, s.factor);
    backend.multiply(1.5, s.d, s.factor, s.half_wz, true);
    std::swap(s.d, s.half_wz);
  }
}

class Wasserstein final : public Statistic {
 public:
  [[nodiscard]] TensorForm form(const Shape& feature) const override {
    return moments_form(feature.channels);
  }
  [[nodiscard]] TensorForm workspace(const Shape& feature) const override {
    const std::int64_t n = feature.channels;
    const std::int64_t scalar_rows = (kScalarBytes / 4 + n - 1) / n;
    return {{1, scalar_rows + (kStepMatrices + 1) * n + 2, n}};
  }
  [[nodiscard]] std::size_t scratch_bytes(const Backend& backend,
                                          const Shape& feature) const override {
    return backend.gram_scratch_bytes(feature);
  }

  void measure(Backend& backend, const Tensor& feature, const Tensor& statistic) const override {
    const Moments moments(statistic);
    backend.gram(1 / static_cast<double>(feature.shape.positions()), feature, moments.moment);
    backend.channel_means(feature, moments.mean);
  }

  void prepare(Backend& backend, const Tensor& target) const override {
    const Moments moments(target);
    const std::int64_t n = target.shape.width;
    std::vector<double> ones(static_cast<std::size_t>(n * n));
    for (std::int64_t k = 0; k < n; ++k) {
      ones[static_cast<std::size_t>(k * n + k)] = 1;
    }
    backend.upload(ones, moments.identity);
    to_covariance(backend, moments.mean, moments.identity, moments.moment);
    const OwnedTensor memory(backend, {1, kStepMatrices * n, n}, Layout::kPlain);
    const OwnedTensor square(backend, flat(2), Layout::kPlain);
    const Scalar squares{static_cast<double*>(square.get().data)};
    Rows rows(memory.get());
    Steps steps(rows, n);
    backend.copy(moments.moment, steps.x);
    newton_schulz(backend, moments.identity, squares, steps);
    double norm = 0;
    backend.read_scalars(squares, {&norm, 1});
    backend.copy(steps.y, moments.root);
    backend.scale(std::sqrt(std::sqrt(norm)), moments.root);
    backend.synchronize();
  }

  void compare(Backend& backend, double weight, const Tensor& feature, const Tensor& target,
               const Tensor& workspace, Scalar value, const Tensor& dfeature,
               bool accumulate) const override {
    const std::int64_t n = feature.shape.channels;
    const auto positions = static_cast<double>(feature.shape.positions());
    const double factor = weight / static_cast<double>(n);
    const Moments of_target(target);
    const Scalar squares{static_cast<double*>(workspace.data)};
    const Scalar product{squares.data + 1};
    Rows rows(workspace);
    rows.take((kScalarBytes / 4 + n - 1) / n);
    const Tensor covariance = rows.take(n);
    const Tensor mean = rows.take_column();
    const Tensor dmean = rows.take_column();
    Steps s(rows, n);

    backend.gram(1 / positions, feature, covariance);
    backend.channel_means(feature, mean);
    to_covariance(backend, mean, of_target.identity, covariance);
    conjugate(backend, of_target.root, covariance, s.next, s.x);
    newton_schulz(backend, of_target.identity, squares, s);
    backend.dot(s.x, s.d, product);

    backend.matrix_difference(factor, mean, of_target.mean, value, dmean);
    backend.axpy(1, of_target.moment, covariance);
    backend.bures_distance(factor, covariance, squares, product, s.x, s.y, s.d, value, s.d);
    if (dfeature.data == nullptr) {
      return;
    }
    const Tensor& dcovariance = s.x;
    conjugate(backend, of_target.root, s.d, s.next, dcovariance);
    backend.axpy(factor, of_target.identity, dcovariance);
    backend.multiply(-2, dcovariance, mean, dmean, true);
    backend.dgram(2 / positions, dcovariance, feature, dfeature, accumulate);
    backend.add_to_channels(1 / positions, dmean, dfeature);
  }

 private:
  /// result = A B A.
  static void conjugate(Backend& backend, const Tensor& a, const Tensor& b, const Tensor& between,
                        const Tensor& result) {
    backend.multiply(1, a, b, between, false);
    backend.multiply(1, between, a, result, false);
  }
};

}  // namespace

std::unique_ptr<Statistic> wasserstein_statistic() {
  return std::make_unique<Wasserstein>();
}

}  // namespace impasto
