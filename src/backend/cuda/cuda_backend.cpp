#include "backend/cuda/cuda_backend.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "backend/cuda/classic_pass.hpp"
#include "backend/cuda/context.hpp"
#include "backend/cuda/convolution.hpp"
#include "backend/cuda/gram.hpp"
#include "backend/cuda/recording.hpp"
#include "backend/cuda/snapshot.hpp"
#include "impasto/error.hpp"
#include "kernels.hpp"

namespace impasto::cuda {
namespace {

/// Scalars that fit are read and written through page-locked memory.
constexpr std::size_t kPinnedBytes = std::size_t{64} << 10U;

kernels::ChannelBounds channel_bounds(const PixelBounds& bounds) {
  kernels::ChannelBounds result{};
  for (int channel = 0; channel < 3; ++channel) {
    result.low[channel] = static_cast<float>(bounds.low[channel]);
    result.high[channel] = static_cast<float>(bounds.high[channel]);
  }
  return result;
}

/// Throws InputError for a name that is none.
std::string forced_way(const std::string& name) {
  return name.empty() || name == "graph" ? name : PassChoice::parse(name).name();
}

class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(const CudaOptions& options)
      : context_(options),
        pinned_(kPinnedBytes),
        forced_{forced_way(options.forward_way), forced_way(options.backward_way)} {}

  [[nodiscard]] std::string name() const override { return "cuda"; }
  [[nodiscard]] std::string description() const override {
    return "cuda:" + std::to_string(context_.options().device) + " " + context_.device_name() +
           " (" + context_.precision_name() + ")";
  }
  [[nodiscard]] ElementType feature_type() const override { return context_.types().feature; }
  [[nodiscard]] ElementType dfeature_type() const override { return context_.types().dfeature; }
  [[nodiscard]] ElementType pixel_type() const override { return ElementType::kFloat32; }
  [[nodiscard]] FeatureStorage feature_storage() const override {
    return cuda::feature_storage(feature_type());
  }
  /// cuDNN's tensors have less than 2³¹ elements: 64 channels end at 5792 x 5792.
  [[nodiscard]] std::int64_t most_elements() const override {
    return std::numeric_limits<std::int32_t>::max();
  }
  [[nodiscard]] std::size_t likely_workspace(std::size_t map_bytes) const override {
    return converting_workspace(context_.types(), map_bytes);
  }
  [[nodiscard]] std::size_t gram_scratch_bytes(const Shape& feature) const override {
    return cuda::gram_scratch_bytes(context_, feature);
  }
  [[nodiscard]] bool runs_ahead() const override { return true; }
  [[nodiscard]] bool chooses_without_clock() const override {
    return context_.chooses_without_clock();
  }
  [[nodiscard]] std::vector<std::string> take_notes() override {
    return std::exchange(context_.notes(), {});
  }
  [[nodiscard]] std::optional<std::size_t> allocated_bytes() const override {
    return context_.allocated();
  }
  [[nodiscard]] std::optional<std::size_t> free_bytes() const override {
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
    return free;
  }

  std::unique_ptr<Memory> allocate(std::size_t bytes) override { return context_.allocate(bytes); }
  void upload(std::span<const float> values, const Tensor& y) override { upload_values(values, y); }
  void upload(std::span<const double> values, const Tensor& y) override {
    upload_values(values, y);
  }
  void download(const Tensor& x, std::span<float> values) override { download_values(x, values); }
  void download(const Tensor& x, std::span<double> values) override { download_values(x, values); }

  void read_scalars(Scalar first, std::span<double> values) override {
    for (std::size_t done = 0; done < values.size();) {
      const std::size_t count = std::min(values.size() - done, kPinnedBytes / sizeof(double));
      check(cudaMemcpyAsync(pinned_.as<double>(), first.data + done, count * sizeof(double),
                            cudaMemcpyDeviceToHost, stream()),
            "cudaMemcpyAsync of scalars");
      synchronize();
      std::copy_n(pinned_.as<double>(), count, values.begin() + static_cast<std::ptrdiff_t>(done));
      done += count;
    }
  }
  void read_all(std::span<const ScalarRange> ranges) override {
    std::size_t wanted = 0;
    for (const ScalarRange& range : ranges) {
      wanted += range.values.size();
    }
    if (wanted > kPinnedBytes / sizeof(double)) {
      Backend::read_all(ranges);  // more than page-locked memory holds at a time
      return;
    }
    double* to = pinned_.as<double>();
    for (const ScalarRange& range : ranges) {
      check(cudaMemcpyAsync(to, range.first.data, range.values.size_bytes(), cudaMemcpyDeviceToHost,
                            stream()),
            "cudaMemcpyAsync of scalars");
      to += range.values.size();
    }
    synchronize();
    const double* from = pinned_.as<double>();
    for (const ScalarRange& range : ranges) {
      std::copy_n(from, range.values.size(), range.values.begin());
      from += range.values.size();
    }
  }
  void write_scalars(std::span<const double> values, Scalar first) override {
    check(cudaMemcpyAsync(first.data, values.data(), values.size_bytes(), cudaMemcpyHostToDevice,
                          stream()),
          "cudaMemcpyAsync of scalars");
    synchronize();
  }
  void synchronize() override { context_.synchronize(); }

  std::unique_ptr<PendingDownload> download_later(const Tensor& x) override {
    const std::size_t bytes = static_cast<std::size_t>(x.elements()) * sizeof(float);
    if (!snapshots_ || snapshots_.use_count() > 1 || snapshots_->bytes() < bytes) {
      snapshots_ = std::make_shared<SnapshotBuffers>(context_, bytes);
    }
    return std::make_unique<SnapshotDownload>(context_, snapshots_, x);
  }
  std::unique_ptr<Recording> record(std::function<void()> operations) override {
    if (!context_.options().graph) {
      return Backend::record(std::move(operations));
    }
    return std::make_unique<GraphRecording>(context_, std::move(operations));
  }

  std::vector<double> time_replays(Recording& recording, int count) override {
    return cuda::time_replays(context_, recording, count);
  }

  std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights) override {
    return cuda::prepare_filters(context_, weights);
  }
  std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                                const ConvolutionSpec& spec) override {
    return cuda::make_convolution(context_, filters, spec, forced_);
  }

  void image_in(const Tensor& picture, const Tensor& y) override {
    kernels::image_in(floats(picture), map_of(y), stream());
    check_launch("image_in");
  }
  void dimage_in(const Tensor& dy, const Tensor& dpicture) override {
    kernels::dimage_in(map_of(dy), floats(dpicture), stream());
    check_launch("dimage_in");
  }
  void relu(const Tensor& x, const Tensor& y) override {
    kernels::relu(map_of(x), map_of(y), stream());
    check_launch("relu");
  }
  void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) override {
    kernels::drelu(map_of(dy), map_of(y), map_of(dx), stream());
    check_launch("drelu");
  }
  void max_pool(const Tensor& x, const Tensor& y) override {
    kernels::max_pool(map_of(x), map_of(y), stream());
    check_launch("max_pool");
  }
  void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx, bool behind_relu) override {
    kernels::dmax_pool(map_of(dy), map_of(x), map_of(dx), behind_relu, stream());
    check_launch("dmax_pool");
  }
  void average_pool(const Tensor& x, const Tensor& y) override {
    kernels::average_pool(map_of(x), map_of(y), stream());
    check_launch("average_pool");
  }
  void daverage_pool(const Tensor& dy, const Tensor& dx) override {
    kernels::daverage_pool(map_of(dy), map_of(dx), stream());
    check_launch("daverage_pool");
  }
  void pad(Padding mode, const Tensor& x, const Tensor& y) override {
    kernels::pad(mode == Padding::kReflect, map_of(x), map_of(y), stream());
    check_launch("pad");
  }
  void dpad(Padding mode, const Tensor& dy, const Tensor& dx) override {
    kernels::dpad(mode == Padding::kReflect, map_of(dy), map_of(dx), stream());
    check_launch("dpad");
  }

  void squared_difference(double c, const Tensor& f, const Tensor& p, Scalar value,
                          const Tensor& df, bool accumulate) override {
    kernels::squared_difference(c, map_of(f), map_of(p), value.data, map_of(df), accumulate,
                                context_.reduction(), stream());
    check_launch("squared_difference");
  }
  void gram(double c, const Tensor& f, const Tensor& g) override { cuda::gram(context_, c, f, g); }
  void dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
             bool accumulate) override {
    cuda::dgram(context_, c, d, f, df, accumulate);
  }
  void matrix_difference(double c, const Tensor& g, const Tensor& a, Scalar value,
                         const Tensor& dg) override {
    kernels::matrix_difference(c, floats(g), floats(a), g.elements(), value.data, floats(dg),
                               context_.reduction(), stream());
    check_launch("matrix_difference");
  }
  void gram_difference(double s, const Tensor& f, double c, const Tensor& a, Scalar value,
                       const Tensor& dg) override {
    cuda::gram_difference(context_, s, f, c, a, value, dg);
  }
  void channel_means(const Tensor& f, const Tensor& mean) override {
    const PrecisionTypes& types = context_.types();
    const bool tf32 = types.feature == ElementType::kFloat32 && types.tensor_cores;
    kernels::channel_means(map_of(f), f.shape.channels, tf32, floats(mean), context_.reduction(),
                           stream());
    check_launch("channel_means");
  }
  void add_to_channels(double a, const Tensor& values, const Tensor& df) override {
    kernels::add_to_channels(static_cast<float>(a), floats(values), df.shape.channels, map_of(df),
                             stream());
    check_launch("add_to_channels");
  }
  void multiply(double a, const Tensor& x, const Tensor& y, const Tensor& z,
                bool accumulate) override {
    cuda::multiply(context_, a, x, y, z, accumulate);
  }
  void divide_by_norm(const Tensor& x, Scalar squares, const Tensor& y) override {
    kernels::divide_by_norm(floats(x), squares.data, floats(y), x.elements(), stream());
    check_launch("divide_by_norm");
  }
  void bures_distance(double c, const Tensor& s, Scalar squares, Scalar product, const Tensor& x,
                      const Tensor& y, const Tensor& d, Scalar value, const Tensor& dc) override {
    kernels::bures_distance(c, floats(s), squares.data, product.data, floats(x), floats(y),
                            floats(d), x.shape.height, value.data, floats(dc), stream());
    check_launch("bures_distance");
  }
  void total_variation(double c, const Tensor& x, Scalar value, const Tensor& dx) override {
    kernels::total_variation(c, floats(x), x.shape.height, x.shape.width, value.data, floats(dx),
                             context_.reduction(), stream());
    check_launch("total_variation");
  }

  void copy(const Tensor& x, const Tensor& y) override {
    check(cudaMemcpyAsync(y.data, x.data, stored_bytes(x), cudaMemcpyDeviceToDevice, stream()),
          "cudaMemcpyAsync");
  }
  void fill(double value, const Tensor& y) override {
    kernels::fill(static_cast<float>(value), floats(y), y.elements(), stream());
    check_launch("fill");
  }
  void scale(double a, const Tensor& y) override {
    kernels::scale(static_cast<float>(a), floats(y), y.elements(), stream());
    check_launch("scale");
  }
  void axpy(double a, const Tensor& x, const Tensor& y) override {
    kernels::axpy(static_cast<float>(a), floats(x), floats(y), y.elements(), stream());
    check_launch("axpy");
  }
  void dot(const Tensor& x, const Tensor& y, Scalar value) override {
    kernels::dot(floats(x), floats(y), x.elements(), value.data, context_.reduction(), stream());
    check_launch("dot");
  }
  void dots(std::span<const Tensor> x, std::span<const Tensor> y, Scalar values) override {
    for (std::size_t n = 0; n < x.size(); n += kernels::kMostVectors) {
      const kernels::VectorList list = vector_list(x.subspan(n), {});
      kernels::dots(list, floats(y[0]), y.size() > 1 ? floats(y[1]) : nullptr, y[0].elements(),
                    values.data + n * y.size(), context_.reduction(), stream());
      check_launch("dots");
    }
  }
  void combine(std::span<const double> c, std::span<const Tensor> x, const Tensor& y) override {
    for (std::size_t n = 0; n < x.size(); n += kernels::kMostVectors) {
      kernels::combine(vector_list(x.subspan(n), c.subspan(n)), floats(y), n > 0, y.elements(),
                       stream());
      check_launch("combine");
    }
  }
  void absolute_sum(const Tensor& x, Scalar value) override {
    kernels::absolute_sum(floats(x), x.elements(), value.data, context_.reduction(), stream());
    check_launch("absolute_sum");
  }
  void absolute_max(const Tensor& x, Scalar value) override {
    kernels::absolute_max(floats(x), x.elements(), value.data, context_.reduction(), stream());
    check_launch("absolute_max");
  }
  void adam(const AdamRule& rule, Scalar steps, const Tensor& g, const Tensor& m, const Tensor& v,
            const Tensor& x, const PixelBounds* bounds) override {
    const kernels::ChannelBounds limits =
        bounds != nullptr ? channel_bounds(*bounds) : kernels::ChannelBounds{};
    kernels::adam({rule.learning_rate, rule.beta1, rule.beta2, rule.epsilon}, steps.data,
                  context_.reduction(), floats(g), floats(m), floats(v), floats(x), x.elements(),
                  x.shape.positions(), bounds != nullptr ? &limits : nullptr, stream());
    check_launch("adam");
  }
  void clamp(const PixelBounds& bounds, const Tensor& x) override {
    kernels::clamp(channel_bounds(bounds), floats(x), x.elements(), x.shape.positions(), stream());
    check_launch("clamp");
  }
  void append(Scalar first, std::int64_t count, Scalar log, Scalar rows) override {
    kernels::append(first.data, count, log.data, rows.data, stream());
    check_launch("append");
  }

 private:
  /// The first of these vectors, with their factors where there are any.
  static kernels::VectorList vector_list(std::span<const Tensor> x, std::span<const double> c) {
    kernels::VectorList list{};
    list.count = static_cast<unsigned>(std::min<std::size_t>(x.size(), kernels::kMostVectors));
    for (std::size_t n = 0; n < list.count; ++n) {
      list.at[n] = floats(x[n]);
      list.factor[n] = c.empty() ? 0 : c[n];
    }
    return list;
  }
  static float* floats(const Tensor& tensor) { return static_cast<float*>(tensor.data); }
  [[nodiscard]] cudaStream_t stream() const { return context_.stream(); }

  /// Bytes of a tensor as it lies in memory, padding channels included.
  static std::size_t stored_bytes(const Tensor& tensor) {
    const std::int64_t elements =
        tensor.layout == Layout::kPlain ? tensor.elements() : map_of(tensor).elements();
    return static_cast<std::size_t>(elements) * size_of(tensor.type);
  }

  /// Calls visit(index in the caller's CHW values, index in memory) for every element.
  template <typename Visit>
  static void for_each_element(const Tensor& tensor, const Visit& visit) {
    const std::int64_t positions = tensor.shape.positions();
    const std::int64_t stored =
        tensor.layout == Layout::kPlain ? 0 : map_of(tensor).stored_channels;
    for (std::int64_t c = 0; c < tensor.shape.channels; ++c) {
      for (std::int64_t m = 0; m < positions; ++m) {
        const std::int64_t plain = c * positions + m;
        visit(static_cast<std::size_t>(plain),
              static_cast<std::size_t>(stored == 0 ? plain : m * stored + c));
      }
    }
  }

  template <typename From>
  void upload_values(std::span<const From> values, const Tensor& y) {
    std::vector<std::byte> bytes(stored_bytes(y));
    const kernels::Element type = kernel_type(y.type);
    for_each_element(y, [&](std::size_t from, std::size_t to) {
      kernels::store_element(static_cast<float>(values[from]), type, bytes.data(), to);
    });
    check(cudaMemcpyAsync(y.data, bytes.data(), bytes.size(), cudaMemcpyHostToDevice, stream()),
          "cudaMemcpyAsync to the device");
    synchronize();
  }
  template <typename To>
  void download_values(const Tensor& x, std::span<To> values) {
    std::vector<std::byte> bytes(stored_bytes(x));
    check(cudaMemcpyAsync(bytes.data(), x.data, bytes.size(), cudaMemcpyDeviceToHost, stream()),
          "cudaMemcpyAsync to the host");
    synchronize();
    const kernels::Element type = kernel_type(x.type);
    for_each_element(x, [&](std::size_t to, std::size_t from) {
      values[to] = static_cast<To>(kernels::load_element(bytes.data(), type, from));
    });
  }

  Context context_;
  PinnedMemory pinned_;
  ForcedChoices forced_;
  std::shared_ptr<SnapshotBuffers> snapshots_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const CudaOptions& options) {
  return std::make_unique<CudaBackend>(options);
}

}  // namespace impasto::cuda
