#include "bench/profiling_backend.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <span>
#include <utility>

namespace impasto {
namespace {

/// Adds up times by name.
class Stopwatch {
 public:
  explicit Stopwatch(Backend& inner) : inner_(inner) {}

  template <typename Operation>
  void time(const std::string& name, double flop, double bytes, const Operation& operation) {
    inner_.synchronize();
    const auto start = std::chrono::steady_clock::now();
    operation();
    inner_.synchronize();
    OperationProfile& profile = profiles_[name];
    profile.name = name;
    ++profile.calls;
    profile.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    profile.flop += flop;
    profile.bytes += bytes;
  }

  std::vector<OperationProfile> take() {
    std::vector<OperationProfile> result;
    for (const auto& [name, profile] : std::exchange(profiles_, {})) {
      result.push_back(profile);
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
    return result;
  }

 private:
  Backend& inner_;
  std::map<std::string, OperationProfile> profiles_;
};

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

class ProfilingConvolution final : public Convolution {
 public:
  ProfilingConvolution(std::unique_ptr<Convolution> inner, const ConvolutionSpec& spec,
                       Stopwatch& stopwatch)
      : inner_(std::move(inner)),
        stopwatch_(stopwatch),
        shape_(std::to_string(spec.input.channels) + " to " + std::to_string(spec.out_channels) +
               " at " + std::to_string(spec.input.width) + " x " +
               std::to_string(spec.input.height)),
        flop_(2.0 * 9 * static_cast<double>(spec.input.channels) *
              static_cast<double>(spec.output().elements())),
        filter_bytes_(9.0 * 4 * static_cast<double>(spec.input.channels * spec.out_channels)),
        reads_y_(spec.relu && !spec.masked_dy),
        reads_x_(spec.mask_dx) {}

  [[nodiscard]] std::size_t workspace_bytes() const override { return inner_->workspace_bytes(); }
  void forward(const Tensor& x, const Tensor& y, std::byte* workspace) override {
    stopwatch_.time("convolution " + shape_, flop_,
                    tensor_bytes(x) + tensor_bytes(y) + filter_bytes_,
                    [&] { inner_->forward(x, y, workspace); });
  }
  void dforward(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& addend,
                const Tensor& dx, std::byte* workspace) override {
    const double masks = (reads_y_ ? tensor_bytes(y) : 0) + (reads_x_ ? tensor_bytes(x) : 0);
    stopwatch_.time(
        "d convolution " + shape_, flop_,
        tensor_bytes(dy) + masks + tensor_bytes(addend) + tensor_bytes(dx) + filter_bytes_,
        [&] { inner_->dforward(dy, x, y, addend, dx, workspace); });
  }

 private:
  std::unique_ptr<Convolution> inner_;
  Stopwatch& stopwatch_;
  std::string shape_;
  double flop_;
  double filter_bytes_;
  bool reads_y_;
  bool reads_x_;
};

class Profiler final : public ProfilingBackend {
 public:
  explicit Profiler(Backend& inner) : ProfilingBackend(inner), stopwatch_(inner) {}

  std::vector<OperationProfile> take_profile() override { return stopwatch_.take(); }

  std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                                const ConvolutionSpec& spec) override {
    return std::make_unique<ProfilingConvolution>(inner().make_convolution(filters, spec), spec,
                                                  stopwatch_);
  }

  void image_in(const Tensor& picture, const Tensor& y) override {
    time("picture to features", 0, {picture, y}, [&] { inner().image_in(picture, y); });
  }
  void dimage_in(const Tensor& dy, const Tensor& dpicture) override {
    time("d picture to features", 0, {dy, dpicture}, [&] { inner().dimage_in(dy, dpicture); });
  }
  void relu(const Tensor& x, const Tensor& y) override {
    time("ReLU", 0, {x, y}, [&] { inner().relu(x, y); });
  }
  void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) override {
    time("d ReLU", 0, {dy, y, dx}, [&] { inner().drelu(dy, y, dx); });
  }
  void max_pool(const Tensor& x, const Tensor& y) override {
    time("max pooling", 0, {x, y}, [&] { inner().max_pool(x, y); });
  }
  void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx, bool behind_relu) override {
    time("d max pooling", 0, {dy, x, dx}, [&] { inner().dmax_pool(dy, x, dx, behind_relu); });
  }
  void average_pool(const Tensor& x, const Tensor& y) override {
    time("average pooling", elements(x), {x, y}, [&] { inner().average_pool(x, y); });
  }
  void daverage_pool(const Tensor& dy, const Tensor& dx) override {
    time("d average pooling", elements(dx), {dy, dx}, [&] { inner().daverage_pool(dy, dx); });
  }
  void pad(Padding mode, const Tensor& x, const Tensor& y) override {
    time("padding", 0, {x, y}, [&] { inner().pad(mode, x, y); });
  }
  void dpad(Padding mode, const Tensor& dy, const Tensor& dx) override {
    time("d padding", 0, {dy, dx}, [&] { inner().dpad(mode, dy, dx); });
  }
  void squared_difference(double c, const Tensor& f, const Tensor& p, Scalar value,
                          const Tensor& df, bool accumulate) override {
    time("content loss", 4 * elements(f), {f, p, df, read_before(df, accumulate)},
         [&] { inner().squared_difference(c, f, p, value, df, accumulate); });
  }
  void gram(double c, const Tensor& f, const Tensor& g) override {
    time("Gram matrix of " + std::to_string(f.shape.channels) + " channels", products(f), {f, g},
         [&] { inner().gram(c, f, g); });
  }
  void dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
             bool accumulate) override {
    time("d Gram matrix of " + std::to_string(f.shape.channels) + " channels", products(f),
         {d, f, df, read_before(df, accumulate)}, [&] { inner().dgram(c, d, f, df, accumulate); });
  }
  void matrix_difference(double c, const Tensor& g, const Tensor& a, Scalar value,
                         const Tensor& dg) override {
    time("Gram difference", 4 * elements(g), {g, a, dg},
         [&] { inner().matrix_difference(c, g, a, value, dg); });
  }
  void gram_difference(double s, const Tensor& f, double c, const Tensor& a, Scalar value,
                       const Tensor& dg) override {
    time("Gram matrix of " + std::to_string(f.shape.channels) + " channels, difference",
         products(f) + 4 * elements(a), {f, a, dg},
         [&] { inner().gram_difference(s, f, c, a, value, dg); });
  }
  void channel_means(const Tensor& f, const Tensor& mean) override {
    time("channels' means", elements(f), {f, mean}, [&] { inner().channel_means(f, mean); });
  }
  void add_to_channels(double a, const Tensor& values, const Tensor& df) override {
    time("d channels' means", 2 * elements(df), {values, df, df},
         [&] { inner().add_to_channels(a, values, df); });
  }
  void multiply(double a, const Tensor& x, const Tensor& y, const Tensor& z,
                bool accumulate) override {
    time("products of " + std::to_string(x.shape.width) + " x " + std::to_string(z.shape.width) +
             " matrices",
         2 * static_cast<double>(x.shape.width) * elements(z),
         {x, y, z, read_before(z, accumulate)}, [&] { inner().multiply(a, x, y, z, accumulate); });
  }
  void divide_by_norm(const Tensor& x, Scalar squares, const Tensor& y) override {
    time("division by the norm", elements(x), {x, y},
         [&] { inner().divide_by_norm(x, squares, y); });
  }
  void bures_distance(double c, const Tensor& s, Scalar squares, Scalar product, const Tensor& x,
                      const Tensor& y, const Tensor& d, Scalar value, const Tensor& dc) override {
    time("Bures distance", 4 * elements(x), {x, d, dc},
         [&] { inner().bures_distance(c, s, squares, product, x, y, d, value, dc); });
  }
  void total_variation(double c, const Tensor& x, Scalar value, const Tensor& dx) override {
    time("total variation", 10 * elements(x), {x, dx},
         [&] { inner().total_variation(c, x, value, dx); });
  }
  void copy(const Tensor& x, const Tensor& y) override {
    time("copy", 0, {x, y}, [&] { inner().copy(x, y); });
  }
  void fill(double value, const Tensor& y) override {
    time("fill", 0, {y}, [&] { inner().fill(value, y); });
  }
  void scale(double a, const Tensor& y) override {
    time("scale", elements(y), {y}, [&] { inner().scale(a, y); });
  }
  void axpy(double a, const Tensor& x, const Tensor& y) override {
    time("axpy", 2 * elements(y), {x, y}, [&] { inner().axpy(a, x, y); });
  }
  void dot(const Tensor& x, const Tensor& y, Scalar value) override {
    time("dot", 2 * elements(x), {x, y}, [&] { inner().dot(x, y, value); });
  }
  void dots(std::span<const Tensor> x, std::span<const Tensor> y, Scalar values) override {
    const double pairs = static_cast<double>(x.size() * y.size());
    time("dots", 2 * pairs * elements(y.front()), x, y, [&] { inner().dots(x, y, values); });
  }
  void combine(std::span<const double> c, std::span<const Tensor> x, const Tensor& y) override {
    time("combine", 2 * static_cast<double>(x.size()) * elements(y), x, {&y, 1},
         [&] { inner().combine(c, x, y); });
  }
  void absolute_sum(const Tensor& x, Scalar value) override {
    time("absolute sum", elements(x), {x}, [&] { inner().absolute_sum(x, value); });
  }
  void absolute_max(const Tensor& x, Scalar value) override {
    time("absolute maximum", elements(x), {x}, [&] { inner().absolute_max(x, value); });
  }
  void adam(const AdamRule& rule, Scalar steps, const Tensor& g, const Tensor& m, const Tensor& v,
            const Tensor& x, const PixelBounds* bounds) override {
    time("Adam", 12 * elements(x), {g, m, v, x},
         [&] { inner().adam(rule, steps, g, m, v, x, bounds); });
  }
  void clamp(const PixelBounds& bounds, const Tensor& x) override {
    time("clamp", 0, {x}, [&] { inner().clamp(bounds, x); });
  }

 private:
  /// FLOP of a product of an N × N or N × M matrix with F.
  static double products(const Tensor& f) {
    return 2.0 * static_cast<double>(f.shape.channels) * elements(f);
  }

  template <typename Operation>
  void time(const std::string& name, double flop, std::initializer_list<Tensor> tensors,
            const Operation& operation) {
    double bytes = 0;
    for (const Tensor& tensor : tensors) {
      bytes += tensor_bytes(tensor);
    }
    stopwatch_.time(name, flop, bytes, operation);
  }

  template <typename Operation>
  void time(const std::string& name, double flop, std::span<const Tensor> x,
            std::span<const Tensor> y, const Operation& operation) {
    const auto add = [](double bytes, const Tensor& tensor) {
      return bytes + tensor_bytes(tensor);
    };
    const double read = std::accumulate(x.begin(), x.end(), 0.0, add);
    stopwatch_.time(name, flop, std::accumulate(y.begin(), y.end(), read, add), operation);
  }

  Stopwatch stopwatch_;
};

}  // namespace

std::unique_ptr<ProfilingBackend> make_profiling_backend(Backend& inner) {
  return std::make_unique<Profiler>(inner);
}

}  // namespace impasto
