#include "backend/forwarding_backend.hpp"

#include <initializer_list>
#include <utility>

namespace impasto {
namespace {

double tensor_bytes(const Tensor& tensor) {
  return tensor.data == nullptr
             ? 0
             : static_cast<double>(tensor.elements()) * static_cast<double>(size_of(tensor.type));
}

double elements(const Tensor& tensor) {
  return static_cast<double>(tensor.elements());
}

/// What is accumulated is read, beside being written.
Tensor read_before(const Tensor& tensor, bool accumulate) {
  return accumulate ? tensor : Tensor{};
}

double bytes_of_all(std::span<const Tensor> tensors) {
  double bytes = 0;
  for (const Tensor& tensor : tensors) {
    bytes += tensor_bytes(tensor);
  }
  return bytes;
}

double bytes_of_all(std::initializer_list<Tensor> tensors) {
  return bytes_of_all(std::span<const Tensor>(tensors.begin(), tensors.size()));
}

/// FLOP of a product of an N × N or N × M matrix with F.
double products(const Tensor& f) {
  return 2.0 * static_cast<double>(f.shape.channels) * elements(f);
}

}  // namespace

/// Its calls come through `around` too.
class ForwardingBackend::ForwardedConvolution final : public Convolution {
 public:
  ForwardedConvolution(ForwardingBackend& owner, std::unique_ptr<Convolution> inner,
                       const ConvolutionSpec& spec)
      : owner_(owner),
        inner_(std::move(inner)),
        shape_(std::to_string(spec.input.channels) + " to " + std::to_string(spec.out_channels) +
               " at " + std::to_string(spec.input.width) + " x " +
               std::to_string(spec.input.height)),
        flop_(convolution_flop(spec.input, spec.output())),
        filter_bytes_(9.0 * 4 * static_cast<double>(spec.input.channels * spec.out_channels)),
        reads_y_(spec.relu && !spec.masked_dy),
        reads_x_(spec.mask_dx) {}

  [[nodiscard]] std::size_t workspace_bytes() const override { return inner_->workspace_bytes(); }
  void forward(const Tensor& x, const Tensor& y, std::byte* workspace) override {
    owner_.around(
        {"convolution " + shape_, flop_, tensor_bytes(x) + tensor_bytes(y) + filter_bytes_},
        [&] { inner_->forward(x, y, workspace); });
  }
  void dforward(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& addend,
                const Tensor& dx, std::byte* workspace) override {
    const double masks = (reads_y_ ? tensor_bytes(y) : 0) + (reads_x_ ? tensor_bytes(x) : 0);
    owner_.around(
        {"d convolution " + shape_, flop_,
         tensor_bytes(dy) + masks + tensor_bytes(addend) + tensor_bytes(dx) + filter_bytes_},
        [&] { inner_->dforward(dy, x, y, addend, dx, workspace); });
  }

 private:
  ForwardingBackend& owner_;
  std::unique_ptr<Convolution> inner_;
  std::string shape_;
  double flop_;
  double filter_bytes_;
  bool reads_y_;
  bool reads_x_;
};

std::unique_ptr<Convolution> ForwardingBackend::make_convolution(
    const std::shared_ptr<FilterBank>& filters, const ConvolutionSpec& spec) {
  return std::make_unique<ForwardedConvolution>(*this, inner_.make_convolution(filters, spec),
                                                spec);
}

void ForwardingBackend::image_in(const Tensor& picture, const Tensor& y) {
  around({"picture to features", 0, bytes_of_all({picture, y})},
         [&] { inner_.image_in(picture, y); });
}

void ForwardingBackend::dimage_in(const Tensor& dy, const Tensor& dpicture) {
  around({"d picture to features", 0, bytes_of_all({dy, dpicture})},
         [&] { inner_.dimage_in(dy, dpicture); });
}

void ForwardingBackend::relu(const Tensor& x, const Tensor& y) {
  around({"ReLU", 0, bytes_of_all({x, y})}, [&] { inner_.relu(x, y); });
}

void ForwardingBackend::drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) {
  around({"d ReLU", 0, bytes_of_all({dy, y, dx})}, [&] { inner_.drelu(dy, y, dx); });
}

void ForwardingBackend::max_pool(const Tensor& x, const Tensor& y) {
  around({"max pooling", 0, bytes_of_all({x, y})}, [&] { inner_.max_pool(x, y); });
}

void ForwardingBackend::dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx,
                                  bool behind_relu) {
  around({"d max pooling", 0, bytes_of_all({dy, x, dx})},
         [&] { inner_.dmax_pool(dy, x, dx, behind_relu); });
}

void ForwardingBackend::average_pool(const Tensor& x, const Tensor& y) {
  around({"average pooling", elements(x), bytes_of_all({x, y})},
         [&] { inner_.average_pool(x, y); });
}

void ForwardingBackend::daverage_pool(const Tensor& dy, const Tensor& dx) {
  around({"d average pooling", elements(dx), bytes_of_all({dy, dx})},
         [&] { inner_.daverage_pool(dy, dx); });
}

void ForwardingBackend::pad(Padding mode, const Tensor& x, const Tensor& y) {
  around({"padding", 0, bytes_of_all({x, y})}, [&] { inner_.pad(mode, x, y); });
}

void ForwardingBackend::dpad(Padding mode, const Tensor& dy, const Tensor& dx) {
  around({"d padding", 0, bytes_of_all({dy, dx})}, [&] { inner_.dpad(mode, dy, dx); });
}

void ForwardingBackend::squared_difference(double c, const Tensor& f, const Tensor& p, Scalar value,
                                           const Tensor& df, bool accumulate) {
  around({"content loss", 4 * elements(f), bytes_of_all({f, p, df, read_before(df, accumulate)})},
         [&] { inner_.squared_difference(c, f, p, value, df, accumulate); });
}

void ForwardingBackend::gram(double c, const Tensor& f, const Tensor& g) {
  around({"Gram matrix of " + std::to_string(f.shape.channels) + " channels", products(f),
          bytes_of_all({f, g})},
         [&] { inner_.gram(c, f, g); });
}

void ForwardingBackend::dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
                              bool accumulate) {
  around({"d Gram matrix of " + std::to_string(f.shape.channels) + " channels", products(f),
          bytes_of_all({d, f, df, read_before(df, accumulate)})},
         [&] { inner_.dgram(c, d, f, df, accumulate); });
}

void ForwardingBackend::matrix_difference(double c, const Tensor& g, const Tensor& a, Scalar value,
                                          const Tensor& dg) {
  around({"Gram difference", 4 * elements(g), bytes_of_all({g, a, dg})},
         [&] { inner_.matrix_difference(c, g, a, value, dg); });
}

void ForwardingBackend::gram_difference(double s, const Tensor& f, double c, const Tensor& a,
                                        Scalar value, const Tensor& dg) {
  around({"Gram matrix of " + std::to_string(f.shape.channels) + " channels, difference",
          products(f) + 4 * elements(a), bytes_of_all({f, a, dg})},
         [&] { inner_.gram_difference(s, f, c, a, value, dg); });
}

void ForwardingBackend::channel_means(const Tensor& f, const Tensor& mean) {
  around({"channels' means", elements(f), bytes_of_all({f, mean})},
         [&] { inner_.channel_means(f, mean); });
}

void ForwardingBackend::add_to_channels(double a, const Tensor& values, const Tensor& df) {
  around({"d channels' means", 2 * elements(df), bytes_of_all({values, df, df})},
         [&] { inner_.add_to_channels(a, values, df); });
}

void ForwardingBackend::multiply(double a, const Tensor& x, const Tensor& y, const Tensor& z,
                                 bool accumulate) {
  around({"products of " + std::to_string(x.shape.width) + " x " + std::to_string(z.shape.width) +
              " matrices",
          2 * static_cast<double>(x.shape.width) * elements(z),
          bytes_of_all({x, y, z, read_before(z, accumulate)})},
         [&] { inner_.multiply(a, x, y, z, accumulate); });
}

void ForwardingBackend::divide_by_norm(const Tensor& x, Scalar squares, const Tensor& y) {
  around({"division by the norm", elements(x), bytes_of_all({x, y})},
         [&] { inner_.divide_by_norm(x, squares, y); });
}

void ForwardingBackend::bures_distance(double c, const Tensor& s, Scalar squares, Scalar product,
                                       const Tensor& x, const Tensor& y, const Tensor& d,
                                       Scalar value, const Tensor& dc) {
  around({"Bures distance", 4 * elements(x), bytes_of_all({x, d, dc})},
         [&] { inner_.bures_distance(c, s, squares, product, x, y, d, value, dc); });
}

void ForwardingBackend::total_variation(double c, const Tensor& x, Scalar value, const Tensor& dx) {
  around({"total variation", 10 * elements(x), bytes_of_all({x, dx})},
         [&] { inner_.total_variation(c, x, value, dx); });
}

void ForwardingBackend::copy(const Tensor& x, const Tensor& y) {
  around({"copy", 0, bytes_of_all({x, y})}, [&] { inner_.copy(x, y); });
}

void ForwardingBackend::fill(double value, const Tensor& y) {
  around({"fill", 0, bytes_of_all({y})}, [&] { inner_.fill(value, y); });
}

void ForwardingBackend::scale(double a, const Tensor& y) {
  around({"scale", elements(y), bytes_of_all({y})}, [&] { inner_.scale(a, y); });
}

void ForwardingBackend::axpy(double a, const Tensor& x, const Tensor& y) {
  around({"axpy", 2 * elements(y), bytes_of_all({x, y})}, [&] { inner_.axpy(a, x, y); });
}

void ForwardingBackend::dot(const Tensor& x, const Tensor& y, Scalar value) {
  around({"dot", 2 * elements(x), bytes_of_all({x, y})}, [&] { inner_.dot(x, y, value); });
}

void ForwardingBackend::dots(std::span<const Tensor> x, std::span<const Tensor> y, Scalar values) {
  const double pairs = static_cast<double>(x.size() * y.size());
  around({"dots", 2 * pairs * elements(y.front()), bytes_of_all(x) + bytes_of_all(y)},
         [&] { inner_.dots(x, y, values); });
}

void ForwardingBackend::combine(std::span<const double> c, std::span<const Tensor> x,
                                const Tensor& y) {
  around({"combine", 2 * static_cast<double>(x.size()) * elements(y),
          bytes_of_all(x) + bytes_of_all({y})},
         [&] { inner_.combine(c, x, y); });
}

void ForwardingBackend::absolute_sum(const Tensor& x, Scalar value) {
  around({"absolute sum", elements(x), bytes_of_all({x})}, [&] { inner_.absolute_sum(x, value); });
}

void ForwardingBackend::absolute_max(const Tensor& x, Scalar value) {
  around({"absolute maximum", elements(x), bytes_of_all({x})},
         [&] { inner_.absolute_max(x, value); });
}

void ForwardingBackend::adam(const AdamRule& rule, Scalar steps, const Tensor& g, const Tensor& m,
                             const Tensor& v, const Tensor& x, const PixelBounds* bounds) {
  around({"Adam", 12 * elements(x), bytes_of_all({g, m, v, x})},
         [&] { inner_.adam(rule, steps, g, m, v, x, bounds); });
}

void ForwardingBackend::clamp(const PixelBounds& bounds, const Tensor& x) {
  around({"clamp", 0, bytes_of_all({x})}, [&] { inner_.clamp(bounds, x); });
}

void ForwardingBackend::append(Scalar first, std::int64_t count, Scalar log, Scalar rows) {
  around({"log of the losses", 0, 0}, [&] { inner_.append(first, count, log, rows); });
}

}  // namespace impasto
