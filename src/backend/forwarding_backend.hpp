// A backend that hands every operation on to another: the base of those that change only some.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.hpp"

namespace impasto {

/// Recordings are not handed on: their operations come through this backend at every replay, one by
/// one.
class ForwardingBackend : public Backend {
 public:
  /// `inner` must outlive this.
  explicit ForwardingBackend(Backend& inner) : inner_(inner) {}

  [[nodiscard]] std::string name() const override { return inner_.name(); }
  [[nodiscard]] std::string description() const override { return inner_.description(); }
  [[nodiscard]] ElementType feature_type() const override { return inner_.feature_type(); }
  [[nodiscard]] ElementType dfeature_type() const override { return inner_.dfeature_type(); }
  [[nodiscard]] ElementType pixel_type() const override { return inner_.pixel_type(); }
  [[nodiscard]] FeatureStorage feature_storage() const override { return inner_.feature_storage(); }
  [[nodiscard]] std::int64_t most_elements() const override { return inner_.most_elements(); }
  [[nodiscard]] std::size_t likely_workspace(std::size_t map_bytes) const override {
    return inner_.likely_workspace(map_bytes);
  }
  [[nodiscard]] std::size_t gram_scratch_bytes(const Shape& feature) const override {
    return inner_.gram_scratch_bytes(feature);
  }
  [[nodiscard]] bool chooses_without_clock() const override {
    return inner_.chooses_without_clock();
  }
  [[nodiscard]] std::vector<std::string> take_notes() override { return inner_.take_notes(); }
  [[nodiscard]] std::optional<std::size_t> allocated_bytes() const override {
    return inner_.allocated_bytes();
  }
  [[nodiscard]] std::optional<std::size_t> free_bytes() const override {
    return inner_.free_bytes();
  }

  std::unique_ptr<Memory> allocate(std::size_t bytes) override { return inner_.allocate(bytes); }
  void upload(std::span<const float> values, const Tensor& y) override { inner_.upload(values, y); }
  void upload(std::span<const double> values, const Tensor& y) override {
    inner_.upload(values, y);
  }
  void download(const Tensor& x, std::span<float> values) override { inner_.download(x, values); }
  void download(const Tensor& x, std::span<double> values) override { inner_.download(x, values); }
  void read_scalars(Scalar first, std::span<double> values) override {
    inner_.read_scalars(first, values);
  }
  void read_all(std::span<const ScalarRange> ranges) override { inner_.read_all(ranges); }
  void write_scalars(std::span<const double> values, Scalar first) override {
    inner_.write_scalars(values, first);
  }
  void synchronize() override { inner_.synchronize(); }

  std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights) override {
    return inner_.prepare_filters(weights);
  }
  std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                                const ConvolutionSpec& spec) override {
    return inner_.make_convolution(filters, spec);
  }
  void image_in(const Tensor& picture, const Tensor& y) override { inner_.image_in(picture, y); }
  void dimage_in(const Tensor& dy, const Tensor& dpicture) override {
    inner_.dimage_in(dy, dpicture);
  }
  void relu(const Tensor& x, const Tensor& y) override { inner_.relu(x, y); }
  void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) override {
    inner_.drelu(dy, y, dx);
  }
  void max_pool(const Tensor& x, const Tensor& y) override { inner_.max_pool(x, y); }
  void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx, bool behind_relu) override {
    inner_.dmax_pool(dy, x, dx, behind_relu);
  }
  void average_pool(const Tensor& x, const Tensor& y) override { inner_.average_pool(x, y); }
  void daverage_pool(const Tensor& dy, const Tensor& dx) override { inner_.daverage_pool(dy, dx); }
  void pad(Padding mode, const Tensor& x, const Tensor& y) override { inner_.pad(mode, x, y); }
  void dpad(Padding mode, const Tensor& dy, const Tensor& dx) override {
    inner_.dpad(mode, dy, dx);
  }

  void squared_difference(double c, const Tensor& f, const Tensor& p, Scalar value,
                          const Tensor& df, bool accumulate) override {
    inner_.squared_difference(c, f, p, value, df, accumulate);
  }
  void gram(double c, const Tensor& f, const Tensor& g) override { inner_.gram(c, f, g); }
  void dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
             bool accumulate) override {
    inner_.dgram(c, d, f, df, accumulate);
  }
  void matrix_difference(double c, const Tensor& g, const Tensor& a, Scalar value,
                         const Tensor& dg) override {
    inner_.matrix_difference(c, g, a, value, dg);
  }
  void gram_difference(double s, const Tensor& f, double c, const Tensor& a, Scalar value,
                       const Tensor& dg) override {
    inner_.gram_difference(s, f, c, a, value, dg);
  }
  void channel_means(const Tensor& f, const Tensor& mean) override {
    inner_.channel_means(f, mean);
  }
  void add_to_channels(double a, const Tensor& values, const Tensor& df) override {
    inner_.add_to_channels(a, values, df);
  }
  void multiply(double a, const Tensor& x, const Tensor& y, const Tensor& z,
                bool accumulate) override {
    inner_.multiply(a, x, y, z, accumulate);
  }
  void divide_by_norm(const Tensor& x, Scalar squares, const Tensor& y) override {
    inner_.divide_by_norm(x, squares, y);
  }
  void bures_distance(double c, const Tensor& s, Scalar squares, Scalar product, const Tensor& x,
                      const Tensor& y, const Tensor& d, Scalar value, const Tensor& dc) override {
    inner_.bures_distance(c, s, squares, product, x, y, d, value, dc);
  }
  void total_variation(double c, const Tensor& x, Scalar value, const Tensor& dx) override {
    inner_.total_variation(c, x, value, dx);
  }

  void copy(const Tensor& x, const Tensor& y) override { inner_.copy(x, y); }
  void fill(double value, const Tensor& y) override { inner_.fill(value, y); }
  void scale(double a, const Tensor& y) override { inner_.scale(a, y); }
  void axpy(double a, const Tensor& x, const Tensor& y) override { inner_.axpy(a, x, y); }
  void dot(const Tensor& x, const Tensor& y, Scalar value) override { inner_.dot(x, y, value); }
  void absolute_sum(const Tensor& x, Scalar value) override { inner_.absolute_sum(x, value); }
  void absolute_max(const Tensor& x, Scalar value) override { inner_.absolute_max(x, value); }
  void dots(std::span<const Tensor> x, std::span<const Tensor> y, Scalar values) override {
    inner_.dots(x, y, values);
  }
  void combine(std::span<const double> c, std::span<const Tensor> x, const Tensor& y) override {
    inner_.combine(c, x, y);
  }
  void adam(const AdamRule& rule, Scalar steps, const Tensor& g, const Tensor& m, const Tensor& v,
            const Tensor& x, const PixelBounds* bounds) override {
    inner_.adam(rule, steps, g, m, v, x, bounds);
  }
  void clamp(const PixelBounds& bounds, const Tensor& x) override { inner_.clamp(bounds, x); }
  void append(Scalar first, std::int64_t count, Scalar log, Scalar rows) override {
    inner_.append(first, count, log, rows);
  }

 protected:
  [[nodiscard]] Backend& inner() const { return inner_; }

 private:
  Backend& inner_;
};

}  // namespace impasto
