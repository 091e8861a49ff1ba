#include "backend/reference/reference_backend.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "backend/host_memory.hpp"
#include "backend/reference/activation.hpp"
#include "backend/reference/convolution.hpp"
#include "backend/reference/loss_operations.hpp"
#include "backend/reference/matrix_operations.hpp"
#include "backend/reference/optimizer_operations.hpp"
#include "backend/reference/padding.hpp"
#include "backend/reference/pooling.hpp"

namespace impasto {
namespace {

using reference::Map;

template <typename T>
class ReferenceConvolution final : public Convolution {
 public:
  ReferenceConvolution(std::shared_ptr<FilterBank> filters, const ConvolutionSpec& spec)
      : filters_(std::move(filters)), spec_(spec) {}

  [[nodiscard]] std::size_t workspace_bytes() const override { return 0; }

  void forward(const Tensor& x, const Tensor& y, std::byte* /*workspace*/) override {
    reference::convolution(bank(), spec_.pad ? 1 : 0, spec_.relu, Map<T>(x), Map<T>(y));
  }
  void dforward(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& addend,
                const Tensor& dx, std::byte* /*workspace*/) override {
    const bool masks_dy = spec_.relu && !spec_.masked_dy;
    if (masks_dy) {
      reference::drelu(Map<T>(dy), Map<T>(y), Map<T>(y));
    }
    reference::dconvolution(bank(), spec_.pad ? 1 : 0, Map<T>(masks_dy ? y : dy), Map<T>(dx));
    if (spec_.add_dx) {
      reference::add(Map<T>(addend), Map<T>(dx));
    }
    if (spec_.mask_dx) {
      reference::drelu(Map<T>(dx), Map<T>(x), Map<T>(dx));
    }
  }

 private:
  const reference::Filters<T>& bank() const {
    return static_cast<const reference::Filters<T>&>(*filters_);
  }

  std::shared_ptr<FilterBank> filters_;
  ConvolutionSpec spec_;
};

template <typename T>
class ReferenceBackend final : public Backend {
 public:
  static constexpr ElementType kType =
      std::is_same_v<T, double> ? ElementType::kFloat64 : ElementType::kFloat32;

  [[nodiscard]] std::string name() const override {
    return kType == ElementType::kFloat64 ? "reference-f64" : "reference-f32";
  }
  [[nodiscard]] std::string description() const override { return name() + ", 1 thread"; }
  [[nodiscard]] ElementType feature_type() const override { return kType; }
  [[nodiscard]] ElementType pixel_type() const override { return kType; }

  std::unique_ptr<Memory> allocate(std::size_t bytes) override {
    return allocate_host_memory(bytes);
  }
  void upload(std::span<const float> values, const Tensor& y) override {
    convert(values.data(), data(y), y.elements());
  }
  void upload(std::span<const double> values, const Tensor& y) override {
    convert(values.data(), data(y), y.elements());
  }
  void download(const Tensor& x, std::span<float> values) override {
    convert(data(x), values.data(), x.elements());
  }
  void download(const Tensor& x, std::span<double> values) override {
    convert(data(x), values.data(), x.elements());
  }
  void read_scalars(Scalar first, std::span<double> values) override {
    std::copy_n(first.data, values.size(), values.begin());
  }
  void write_scalars(std::span<const double> values, Scalar first) override {
    std::copy(values.begin(), values.end(), first.data);
  }
  void synchronize() override {}

  std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights) override {
    return std::make_shared<reference::Filters<T>>(weights);
  }
  std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                                const ConvolutionSpec& spec) override {
    return std::make_unique<ReferenceConvolution<T>>(filters, spec);
  }

  void image_in(const Tensor& picture, const Tensor& y) override { copy(picture, y); }
  void dimage_in(const Tensor& dy, const Tensor& dpicture) override { copy(dy, dpicture); }

  void relu(const Tensor& x, const Tensor& y) override { reference::relu(Map<T>(x), Map<T>(y)); }
  void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) override {
    reference::drelu(Map<T>(dy), Map<T>(y), Map<T>(dx));
  }
  void max_pool(const Tensor& x, const Tensor& y) override {
    reference::max_pool(Map<T>(x), Map<T>(y));
  }
  void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx, bool behind_relu) override {
    reference::dmax_pool(Map<T>(dy), Map<T>(x), Map<T>(dx));
    if (behind_relu) {
      reference::drelu(Map<T>(dx), Map<T>(x), Map<T>(dx));
    }
  }
  void average_pool(const Tensor& x, const Tensor& y) override {
    reference::average_pool(Map<T>(x), Map<T>(y));
  }
  void daverage_pool(const Tensor& dy, const Tensor& dx) override {
    reference::daverage_pool(Map<T>(dy), Map<T>(dx));
  }
  void pad(Padding mode, const Tensor& x, const Tensor& y) override {
    reference::pad(mode, Map<T>(x), Map<T>(y));
  }
  void dpad(Padding mode, const Tensor& dy, const Tensor& dx) override {
    reference::dpad(mode, Map<T>(dy), Map<T>(dx));
  }

  void squared_difference(double c, const Tensor& f, const Tensor& p, Scalar value,
                          const Tensor& df, bool accumulate) override {
    *value.data = reference::squared_difference(c, Map<T>(f), Map<T>(p), Map<T>(df), accumulate);
  }
  void gram(double c, const Tensor& f, const Tensor& g) override {
    reference::gram(c, Map<T>(f), Map<T>(g));
  }
  void dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
             bool accumulate) override {
    reference::dgram(c, Map<T>(d), Map<T>(f), Map<T>(df), accumulate);
  }
  void matrix_difference(double c, const Tensor& g, const Tensor& a, Scalar value,
                         const Tensor& dg) override {
    *value.data = reference::squared_difference(c, Map<T>(g), Map<T>(a), Map<T>(dg), false);
  }
  void channel_means(const Tensor& f, const Tensor& mean) override {
    reference::channel_means(Map<T>(f), Map<T>(mean));
  }
  void add_to_channels(double a, const Tensor& values, const Tensor& df) override {
    reference::add_to_channels(a, Map<T>(values), Map<T>(df));
  }
  void multiply(double a, const Tensor& x, const Tensor& y, const Tensor& z,
                bool accumulate) override {
    reference::multiply(a, Map<T>(x), Map<T>(y), Map<T>(z), accumulate);
  }
  void divide_by_norm(const Tensor& x, Scalar squares, const Tensor& y) override {
    reference::divide_by_norm(Map<T>(x), *squares.data, Map<T>(y));
  }
  void bures_distance(double c, const Tensor& s, Scalar squares, Scalar product, const Tensor& x,
                      const Tensor& y, const Tensor& d, Scalar value, const Tensor& dc) override {
    *value.data += reference::bures_distance(c, Map<T>(s), *squares.data, *product.data, Map<T>(x),
                                             Map<T>(y), Map<T>(d), Map<T>(dc));
  }
  void total_variation(double c, const Tensor& x, Scalar value, const Tensor& dx) override {
    *value.data = reference::total_variation(c, Map<T>(x), Map<T>(dx));
  }

  void copy(const Tensor& x, const Tensor& y) override {
    std::copy_n(data(x), x.elements(), data(y));
  }
  void fill(double value, const Tensor& y) override {
    std::fill_n(data(y), y.elements(), static_cast<T>(value));
  }
  void scale(double a, const Tensor& y) override {
    for (std::int64_t n = 0; n < y.elements(); ++n) {
      data(y)[n] = static_cast<T>(a * data(y)[n]);
    }
  }
  void axpy(double a, const Tensor& x, const Tensor& y) override {
    for (std::int64_t n = 0; n < y.elements(); ++n) {
      data(y)[n] = static_cast<T>(data(y)[n] + a * data(x)[n]);
    }
  }
  void dot(const Tensor& x, const Tensor& y, Scalar value) override {
    *value.data = reference::dot(Map<T>(x), Map<T>(y));
  }
  void dots(std::span<const Tensor> x, std::span<const Tensor> y, Scalar values) override {
    double* value = values.data;
    for (const Tensor& left : x) {
      for (const Tensor& right : y) {
        *value++ = reference::dot(Map<T>(left), Map<T>(right));
      }
    }
  }
  void combine(std::span<const double> c, std::span<const Tensor> x, const Tensor& y) override {
    for (std::int64_t n = 0; n < y.elements(); ++n) {
      double sum = 0;
      for (std::size_t term = 0; term < x.size(); ++term) {
        sum += c[term] * static_cast<double>(data(x[term])[n]);
      }
      data(y)[n] = static_cast<T>(sum);
    }
  }
  void absolute_sum(const Tensor& x, Scalar value) override {
    double sum = 0;
    for (std::int64_t n = 0; n < x.elements(); ++n) {
      sum += std::abs(static_cast<double>(data(x)[n]));
    }
    *value.data = sum;
  }
  void absolute_max(const Tensor& x, Scalar value) override {
    double largest = 0;
    for (std::int64_t n = 0; n < x.elements(); ++n) {
      const double magnitude = std::abs(static_cast<double>(data(x)[n]));
      largest = magnitude <= largest ? largest : magnitude;
      if (std::isnan(magnitude)) {
        break;
      }
    }
    *value.data = largest;
  }
  void adam(const AdamRule& rule, Scalar steps, const Tensor& g, const Tensor& m, const Tensor& v,
            const Tensor& x, const PixelBounds* bounds) override {
    *steps.data += 1;
    reference::adam(AdamStep(rule, *steps.data), Map<T>(g), Map<T>(m), Map<T>(v), Map<T>(x));
    if (bounds != nullptr) {
      reference::clamp(*bounds, Map<T>(x));
    }
  }
  void clamp(const PixelBounds& bounds, const Tensor& x) override {
    reference::clamp(bounds, Map<T>(x));
  }
  void append(Scalar first, std::int64_t count, Scalar log, Scalar rows) override {
    append_on_host(first, count, log, rows);
  }

 private:
  static T* data(const Tensor& tensor) { return static_cast<T*>(tensor.data); }

  template <typename From, typename To>
  static void convert(const From* from, To* to, std::int64_t count) {
    for (std::int64_t n = 0; n < count; ++n) {
      to[n] = static_cast<To>(from[n]);
    }
  }
};

}  // namespace

template <typename T>
std::unique_ptr<Backend> make_reference_backend() {
  return std::make_unique<ReferenceBackend<T>>();
}

template std::unique_ptr<Backend> make_reference_backend<float>();
template std::unique_ptr<Backend> make_reference_backend<double>();

}  // namespace impasto
