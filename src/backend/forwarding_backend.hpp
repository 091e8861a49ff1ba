// A backend that hands every operation on to another: the base of those that change only some.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.hpp"

namespace impasto {

/// A call of an operation: its name, with the shape where that decides what it costs; FLOP of the
/// plain formula (for a convolution, of the direct algorithm); bytes of the tensors that it reads
/// or writes, each once, and one that it adds to twice.
struct OperationCall {
  std::string name;
  double flop = 0;
  double bytes = 0;
};

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
                                                const ConvolutionSpec& spec) override;
  void image_in(const Tensor& picture, const Tensor& y) override;
  void dimage_in(const Tensor& dy, const Tensor& dpicture) override;
  void relu(const Tensor& x, const Tensor& y) override;
  void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) override;
  void max_pool(const Tensor& x, const Tensor& y) override;
  void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx, bool behind_relu) override;
  void average_pool(const Tensor& x, const Tensor& y) override;
  void daverage_pool(const Tensor& dy, const Tensor& dx) override;
  void pad(Padding mode, const Tensor& x, const Tensor& y) override;
  void dpad(Padding mode, const Tensor& dy, const Tensor& dx) override;

  void squared_difference(double c, const Tensor& f, const Tensor& p, Scalar value,
                          const Tensor& df, bool accumulate) override;
  void gram(double c, const Tensor& f, const Tensor& g) override;
  void dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
             bool accumulate) override;
  void matrix_difference(double c, const Tensor& g, const Tensor& a, Scalar value,
                         const Tensor& dg) override;
  void gram_difference(double s, const Tensor& f, double c, const Tensor& a, Scalar value,
                       const Tensor& dg) override;
  void channel_means(const Tensor& f, const Tensor& mean) override;
  void add_to_channels(double a, const Tensor& values, const Tensor& df) override;
  void multiply(double a, const Tensor& x, const Tensor& y, const Tensor& z,
                bool accumulate) override;
  void divide_by_norm(const Tensor& x, Scalar squares, const Tensor& y) override;
  void bures_distance(double c, const Tensor& s, Scalar squares, Scalar product, const Tensor& x,
                      const Tensor& y, const Tensor& d, Scalar value, const Tensor& dc) override;
  void total_variation(double c, const Tensor& x, Scalar value, const Tensor& dx) override;

  void copy(const Tensor& x, const Tensor& y) override;
  void fill(double value, const Tensor& y) override;
  void scale(double a, const Tensor& y) override;
  void axpy(double a, const Tensor& x, const Tensor& y) override;
  void dot(const Tensor& x, const Tensor& y, Scalar value) override;
  void absolute_sum(const Tensor& x, Scalar value) override;
  void absolute_max(const Tensor& x, Scalar value) override;
  void dots(std::span<const Tensor> x, std::span<const Tensor> y, Scalar values) override;
  void combine(std::span<const double> c, std::span<const Tensor> x, const Tensor& y) override;
  void adam(const AdamRule& rule, Scalar steps, const Tensor& g, const Tensor& m, const Tensor& v,
            const Tensor& x, const PixelBounds* bounds) override;
  void clamp(const PixelBounds& bounds, const Tensor& x) override;
  void append(Scalar first, std::int64_t count, Scalar log, Scalar rows) override;

 protected:
  /// Every operation of the network, the losses and the optimisers comes through here; `call` hands
  /// it on.
  virtual void around(const OperationCall& /*operation*/, const std::function<void()>& call) {
    call();
  }
  [[nodiscard]] Backend& inner() const { return inner_; }

 private:
  class ForwardedConvolution;

  Backend& inner_;
};

}  // namespace impasto
