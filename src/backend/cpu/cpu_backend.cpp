#include "backend/cpu/cpu_backend.hpp"

#include <cblas.h>
#include <dnnl.hpp>

#include <algorithm>
#include <cstring>

#include "backend/cpu/blas_buffers.hpp"
#include "backend/cpu/convolution.hpp"
#include "backend/cpu/feature_operations.hpp"
#include "backend/cpu/gram.hpp"
#include "backend/cpu/matrix_operations.hpp"
#include "backend/cpu/parallel.hpp"
#include "backend/cpu/vector_operations.hpp"
#include "backend/host_memory.hpp"
#include "core/processors.hpp"

namespace impasto {
namespace {

class CpuBackend final : public Backend {
 public:
  CpuBackend(int threads, Choosing choosing)
      : pool_(cpu::threads_with_blas_buffers(threads > 0 ? threads : available_processors())),
        choosing_(choosing) {
    // OpenBLAS is called from within the pool's loops, each call on one thread. This is for builds
    // of it with threads of their own; for OpenMP's see OneThread.
    openblas_set_num_threads(1);
  }

  [[nodiscard]] std::string name() const override { return "cpu"; }
  [[nodiscard]] int threads() const { return pool_.threads(); }
  [[nodiscard]] std::string description() const override {
    return "cpu, " + std::to_string(threads()) + (threads() == 1 ? " thread" : " threads");
  }
  [[nodiscard]] bool chooses_without_clock() const override {
    return choosing_ == Choosing::kByRule;
  }
  [[nodiscard]] ElementType feature_type() const override { return ElementType::kFloat32; }
  [[nodiscard]] ElementType pixel_type() const override { return ElementType::kFloat32; }

  std::unique_ptr<Memory> allocate(std::size_t bytes) override {
    return allocate_host_memory(bytes);
  }
  void upload(std::span<const float> values, const Tensor& y) override {
    upload_values(values.data(), y);
  }
  void upload(std::span<const double> values, const Tensor& y) override {
    upload_values(values.data(), y);
  }
  void download(const Tensor& x, std::span<float> values) override {
    download_values(x, values.data());
  }
  void download(const Tensor& x, std::span<double> values) override {
    download_values(x, values.data());
  }
  void read_scalars(Scalar first, std::span<double> values) override {
    std::copy_n(first.data, values.size(), values.begin());
  }
  void write_scalars(std::span<const double> values, Scalar first) override {
    std::copy(values.begin(), values.end(), first.data);
  }
  void synchronize() override {}

  std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights) override {
    return cpu::prepare_filters(weights);
  }
  std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                                const ConvolutionSpec& spec) override {
    return cpu::make_convolution(pool_, filters, spec, choosing_);
  }

  void image_in(const Tensor& picture, const Tensor& y) override {
    cpu::chw_to_nhwc(pool_, data(picture), picture.shape, data(y));
  }
  void dimage_in(const Tensor& dy, const Tensor& dpicture) override {
    cpu::nhwc_to_chw(pool_, data(dy), dy.shape, data(dpicture));
  }
  void relu(const Tensor& x, const Tensor& y) override { cpu::relu(pool_, x, y); }
  void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) override {
    cpu::drelu(pool_, dy, y, dx);
  }
  void max_pool(const Tensor& x, const Tensor& y) override { cpu::max_pool(pool_, x, y); }
  void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx, bool behind_relu) override {
    cpu::dmax_pool(pool_, dy, x, dx);
    if (behind_relu) {
      cpu::drelu(pool_, dx, x, dx);
    }
  }
  void average_pool(const Tensor& x, const Tensor& y) override { cpu::average_pool(pool_, x, y); }
  void daverage_pool(const Tensor& dy, const Tensor& dx) override {
    cpu::daverage_pool(pool_, dy, dx);
  }
  void pad(Padding mode, const Tensor& x, const Tensor& y) override { cpu::pad(pool_, mode, x, y); }
  void dpad(Padding mode, const Tensor& dy, const Tensor& dx) override {
    cpu::dpad(pool_, mode, dy, dx);
  }

  void squared_difference(double c, const Tensor& f, const Tensor& p, Scalar value,
                          const Tensor& df, bool accumulate) override {
    *value.data = cpu::squared_difference(pool_, c, f, p, df, accumulate, partial_);
  }
  void gram(double c, const Tensor& f, const Tensor& g) override {
    cpu::gram(pool_, c, f, g, products_);
  }
  void dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
             bool accumulate) override {
    cpu::dgram(pool_, c, d, f, df, accumulate, products_);
  }
  void matrix_difference(double c, const Tensor& g, const Tensor& a, Scalar value,
                         const Tensor& dg) override {
    *value.data = cpu::squared_difference(pool_, c, g, a, dg, false, partial_);
  }
  void channel_means(const Tensor& f, const Tensor& mean) override {
    cpu::channel_means(pool_, f, mean, partial_);
  }
  void add_to_channels(double a, const Tensor& values, const Tensor& df) override {
    cpu::add_to_channels(pool_, a, values, df);
  }
  void multiply(double a, const Tensor& x, const Tensor& y, const Tensor& z,
                bool accumulate) override {
    cpu::multiply(pool_, a, x, y, z, accumulate, products_);
  }
  void divide_by_norm(const Tensor& x, Scalar squares, const Tensor& y) override {
    cpu::divide_by_norm(pool_, x, *squares.data, y);
  }
  void bures_distance(double c, const Tensor& s, Scalar squares, Scalar product, const Tensor& x,
                      const Tensor& y, const Tensor& d, Scalar value, const Tensor& dc) override {
    *value.data += cpu::bures_distance(pool_, c, s, *squares.data, *product.data, x, y, d, dc);
  }
  void total_variation(double c, const Tensor& x, Scalar value, const Tensor& dx) override {
    *value.data = cpu::total_variation(pool_, c, x, dx, partial_);
  }

  void copy(const Tensor& x, const Tensor& y) override {
    std::memcpy(y.data, x.data, static_cast<std::size_t>(x.elements()) * sizeof(float));
  }
  void fill(double value, const Tensor& y) override {
    std::fill_n(data(y), y.elements(), static_cast<float>(value));
  }
  void scale(double a, const Tensor& y) override { cpu::scale(pool_, a, y); }
  void axpy(double a, const Tensor& x, const Tensor& y) override { cpu::axpy(pool_, a, x, y); }
  void dot(const Tensor& x, const Tensor& y, Scalar value) override {
    *value.data = cpu::dot(pool_, x, y, partial_);
  }
  void dots(std::span<const Tensor> x, std::span<const Tensor> y, Scalar values) override {
    cpu::dots(pool_, x, y, values.data, partial_);
  }
  void combine(std::span<const double> c, std::span<const Tensor> x, const Tensor& y) override {
    cpu::combine(pool_, c, x, y);
  }
  void absolute_sum(const Tensor& x, Scalar value) override {
    *value.data = cpu::absolute_sum(pool_, x, partial_);
  }
  void absolute_max(const Tensor& x, Scalar value) override {
    *value.data = cpu::absolute_max(pool_, x, partial_);
  }
  void adam(const AdamRule& rule, Scalar steps, const Tensor& g, const Tensor& m, const Tensor& v,
            const Tensor& x, const PixelBounds* bounds) override {
    *steps.data += 1;
    cpu::adam(pool_, AdamStep(rule, *steps.data), g, m, v, x, bounds);
  }
  void clamp(const PixelBounds& bounds, const Tensor& x) override { cpu::clamp(pool_, bounds, x); }
  void append(Scalar first, std::int64_t count, Scalar log, Scalar rows) override {
    append_on_host(first, count, log, rows);
  }

 private:
  static float* data(const Tensor& tensor) { return static_cast<float*>(tensor.data); }

  template <typename From>
  void upload_values(const From* from, const Tensor& y) {
    if (y.layout != Layout::kPlain) {
      cpu::chw_to_nhwc(pool_, from, y.shape, data(y));
      return;
    }
    std::transform(from, from + y.elements(), data(y),
                   [](From value) { return static_cast<float>(value); });
  }
  template <typename To>
  void download_values(const Tensor& x, To* to) {
    if (x.layout != Layout::kPlain) {
      cpu::nhwc_to_chw(pool_, data(x), x.shape, to);
      return;
    }
    std::copy_n(data(x), x.elements(), to);
  }

  ThreadPool pool_;
  Choosing choosing_;
  std::vector<double> partial_;
  cpu::ProductMemory products_;
};

}  // namespace

int threads_of(const Backend& cpu_backend) {
  return dynamic_cast<const CpuBackend&>(cpu_backend).threads();
}

std::unique_ptr<Backend> make_cpu_backend(int threads, Choosing choosing) {
  return std::make_unique<CpuBackend>(threads, choosing);
}

std::map<std::string, std::string> cpu_library_versions() {
  const dnnl_version_t* dnnl = dnnl_version();
  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …": the second word.
  const std::string blas = openblas_get_config();
  const std::size_t begin = blas.find(' ') + 1;
  return {{"oneDNN", std::to_string(dnnl->major) + "." + std::to_string(dnnl->minor) + "." +
                         std::to_string(dnnl->patch)},
          {"OpenBLAS", blas.substr(begin, blas.find(' ', begin) - begin)}};
}

}  // namespace impasto
