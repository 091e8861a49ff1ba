// The one narrow interface of operations that network, losses and optimisers speak to.
//
// Conventions. Tensors are views of the backend's own memory. A *picture* tensor (3 × H × W), a
// matrix and a vector have Layout::kPlain and `pixel_type()`; a *feature map* has Layout::kFeature
// and `feature_type()`, its gradient Layout::kDFeature and `dfeature_type()`, of the same size. An
// operation's backward stands beside its forward, with `d` in front of every gradient. Each entry
// says whether it overwrites (=) or accumulates (+=). Unless an entry says otherwise, arguments do
// not overlap. Operations are ordered: each sees what the ones before it wrote; only those
// whose entry says so wait for the device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/shape.hpp"
#include "core/tensor.hpp"
#include "impasto/forms.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// Backend memory, released with its owner.
class Memory {
 public:
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  Memory(Memory&&) = delete;
  Memory& operator=(Memory&&) = delete;
  virtual ~Memory() = default;
  [[nodiscard]] virtual std::byte* data() const = 0;
  [[nodiscard]] virtual std::size_t bytes() const = 0;
};

/// A convolution's filters as the backend prepared them, shared by the plans of all sizes.
class FilterBank {
 public:
  FilterBank() = default;
  FilterBank(const FilterBank&) = delete;
  FilterBank& operator=(const FilterBank&) = delete;
  FilterBank(FilterBank&&) = delete;
  FilterBank& operator=(FilterBank&&) = delete;
  virtual ~FilterBank() = default;
};

/// FLOP of a 3 × 3 convolution x → y by its plain formula, in either direction: 2 · 9 · C · K · H ·
/// W, H × W those of y.
inline double convolution_flop(const Shape& x, const Shape& y) {
  return 2.0 * 9 * static_cast<double>(x.channels) * static_cast<double>(y.elements());
}

/// A 3 × 3, stride 1 convolution at one size.
struct ConvolutionSpec {
  Shape input;                    ///< C × H × W
  std::int64_t out_channels = 0;  ///< K
  bool pad = true;  ///< one zero around the input; false: the input is already padded, output (H−2)
                    ///< × (W−2)
  bool relu = false;       ///< ReLU fused into the forward pass
  bool backward = true;    ///< whether dforward will be called
  bool masked_dy = false;  ///< with `relu`: dforward's dy has been masked by what wrote it
  bool mask_dx = false;    ///< x is a ReLU's output, and dforward masks dx by it
  bool add_dx = false;     ///< with `mask_dx`: dforward adds another gradient before the mask
  /// x is a picture as image_in gave it, and dforward's dx a picture's gradient (Layout::kPlain),
  /// as dimage_in would give it. Only where FeatureStorage::gradients_reach_pictures.
  bool to_picture = false;

  [[nodiscard]] Shape output() const {
    return pad ? Shape{out_channels, input.height, input.width}
               : Shape{out_channels, input.height - 2, input.width - 2};
  }
};

/// A convolution whose algorithm, filters and workspace are fixed: the loop only calls it.
class Convolution {
 public:
  Convolution() = default;
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;
  Convolution(Convolution&&) = delete;
  Convolution& operator=(Convolution&&) = delete;
  virtual ~Convolution() = default;

  /// Bytes that both directions need at `workspace`.
  [[nodiscard]] virtual std::size_t workspace_bytes() const = 0;

  /// y[k] = bias[k] + Σ_c w[k,c] ⋆ x[c] (cross-correlation), then max(·, 0) where `relu` is set. y
  /// (K × H × W) =.
  virtual void forward(const Tensor& x, const Tensor& y, std::byte* workspace) = 0;

  /// Data gradient: dx[c] = Σ_k turn180(w[k,c]) ⋆ dz[k], with dz = dy, or dy where y > 0 and else 0
  /// where `relu` is set and `masked_dy` is not. x and y are the kept ones of forward. y is used
  /// up, as dz may take its place; it is looked at for dz alone. With `add_dx`, `addend` is added,
  /// another gradient of x's shape, which is empty otherwise. With `mask_dx`, for which alone x is
  /// looked at, dx becomes 0 where x is not above 0. A backend whose forward pass may turn a NaN
  /// into 0 gives NaN for dz where y is not finite, so that the picture's gradient tells of it. dx
  /// (C × H × W) =.
  virtual void dforward(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& addend,
                        const Tensor& dx, std::byte* workspace) = 0;
};

/// Adam's constants (Kingma & Ba 2015, algorithm 1).
struct AdamRule {
  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// Bounds of each of a picture's three channels.
struct PixelBounds {
  double low[3] = {0, 0, 0};
  double high[3] = {0, 0, 0};
};

/// Device operations that are enqueued again and again, always the same ones on the same memory.
class Recording {
 public:
  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  Recording(Recording&&) = delete;
  Recording& operator=(Recording&&) = delete;
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

/// A picture on its way to the host.
class PendingDownload {
 public:
  PendingDownload() = default;
  PendingDownload(const PendingDownload&) = delete;
  PendingDownload& operator=(const PendingDownload&) = delete;
  PendingDownload(PendingDownload&&) = delete;
  PendingDownload& operator=(PendingDownload&&) = delete;
  virtual ~PendingDownload() = default;
  /// The values, row-major (CHW). Waits for the copy, not for operations enqueued after it.
  virtual std::vector<float> values() = 0;
};

/// Scalars that follow one another in backend memory, and where the host wants them.
struct ScalarRange {
  Scalar first;
  std::span<double> values;
};

class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  Backend(Backend&&) = delete;
  Backend& operator=(Backend&&) = delete;
  virtual ~Backend() = default;

  // ---- identity

  /// "cpu", "reference-f64", "cuda"
  [[nodiscard]] virtual std::string name() const = 0;
  /// For the device line: "cpu, 2 threads".
  [[nodiscard]] virtual std::string description() const = 0;
  /// Feature maps' element type.
  [[nodiscard]] virtual ElementType feature_type() const = 0;
  /// Element type of feature maps' gradients, of the same size as feature_type()'s.
  [[nodiscard]] virtual ElementType dfeature_type() const { return feature_type(); }
  /// Pictures', matrices' and vectors' element type: float32, or float64 on the double reference.
  [[nodiscard]] virtual ElementType pixel_type() const = 0;
  [[nodiscard]] ElementType element_type(Layout layout) const;
  [[nodiscard]] virtual FeatureStorage feature_storage() const {
    return {size_of(feature_type()), 1};
  }
  /// The most elements that a feature map may have in memory, padding channels included.
  [[nodiscard]] virtual std::int64_t most_elements() const {
    return std::numeric_limits<std::int64_t>::max();
  }
  /// Bytes of a tensor, rounded up to a place where the next may begin.
  [[nodiscard]] std::size_t bytes_of(const Shape& shape, Layout layout) const;
  /// Bytes that gram, gram_difference and dgram allocate for themselves at a feature map of this
  /// shape, and keep.
  [[nodiscard]] virtual std::size_t gram_scratch_bytes(const Shape& /*feature*/) const { return 0; }
  /// Bytes of workspace to reckon with for convolutions between maps of at most so many bytes.
  [[nodiscard]] virtual std::size_t likely_workspace(std::size_t /*map_bytes*/) const { return 0; }
  /// Whether what it chooses goes by rules alone: then a clock may decide nothing around it either.
  [[nodiscard]] virtual bool chooses_without_clock() const { return false; }
  /// Whether the host may enqueue many iterations before it looks at the first one's values.
  [[nodiscard]] virtual bool runs_ahead() const { return false; }
  /// Lines for --verbose on what was chosen since the last call, such as convolution algorithms.
  [[nodiscard]] virtual std::vector<std::string> take_notes() { return {}; }
  /// Device memory: what this backend has allocated, and what more there is. Nothing where it is
  /// the host's.
  [[nodiscard]] virtual std::optional<std::size_t> allocated_bytes() const { return std::nullopt; }
  [[nodiscard]] virtual std::optional<std::size_t> free_bytes() const { return std::nullopt; }

  // ---- memory

  /// Zero-filled memory, aligned to at least 64 bytes. Throws DeviceError when there is not enough.
  virtual std::unique_ptr<Memory> allocate(std::size_t bytes) = 0;
  /// y = host values, given row-major (CHW); pictures, matrices and feature maps alike.
  virtual void upload(std::span<const float> values, const Tensor& y) = 0;
  virtual void upload(std::span<const double> values, const Tensor& y) = 0;
  /// Host values = x, row-major (CHW). Waits.
  virtual void download(const Tensor& x, std::span<float> values) = 0;
  virtual void download(const Tensor& x, std::span<double> values) = 0;
  /// Host values = the scalars. Waits.
  virtual void read_scalars(Scalar first, std::span<double> values) = 0;
  /// The same for several ranges. Waits once, where a device has room for so many at a time.
  virtual void read_all(std::span<const ScalarRange> ranges);
  /// The scalars from `first` on = values. Waits.
  virtual void write_scalars(std::span<const double> values, Scalar first) = 0;
  /// Waits until every operation so far is done.
  virtual void synchronize() = 0;
  /// x (a picture) as it is after the operations so far, fetched while later ones run.
  virtual std::unique_ptr<PendingDownload> download_later(const Tensor& x);
  /// `operations` made ready for many replays. They are called at most a few times, and may only
  /// enqueue operations of this backend: what they decide on the host is fixed by the last call.
  virtual std::unique_ptr<Recording> record(std::function<void()> operations);

  /// Milliseconds that each of `count` replays takes, one after the other: by the device's own
  /// clock and without waiting in between where it has one, else by the host's. Waits.
  virtual std::vector<double> time_replays(Recording& recording, int count);

  // ---- the network's operations

  /// The bank may keep referring to `weights`, which must outlive it.
  virtual std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights) = 0;
  /// `filters` come from this backend's prepare_filters.
  virtual std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                                        const ConvolutionSpec& spec) = 0;

  /// Picture to feature map: y =. Same shape 3 × H × W.
  virtual void image_in(const Tensor& picture, const Tensor& y) = 0;
  /// Gradient of a feature map to gradient of a picture: dpicture =.
  virtual void dimage_in(const Tensor& dy, const Tensor& dpicture) = 0;

  /// y = max(x, 0). y may be x.
  virtual void relu(const Tensor& x, const Tensor& y) = 0;
  /// dx = dy where y > 0, else 0, with y the kept output. dx may be dy or y.
  virtual void drelu(const Tensor& dy, const Tensor& y, const Tensor& dx) = 0;

  /// 2 × 2, stride 2, odd rows and columns at the end dropped: x (C × H × W), y (C × ⌊H/2⌋ × ⌊W/2⌋)
  /// =.
  virtual void max_pool(const Tensor& x, const Tensor& y) = 0;
  /// dx =: each dy goes to its window's first maximum in row order, found again from x; the rest is
  /// 0. With `behind_relu`, where x is a ReLU's output, what drelu would make of this dx.
  virtual void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx, bool behind_relu) = 0;
  virtual void average_pool(const Tensor& x, const Tensor& y) = 0;
  /// dx = dy / 4 over each window; dropped rows and columns get 0.
  virtual void daverage_pool(const Tensor& dy, const Tensor& dx) = 0;

  /// y (C × (H+2) × (W+2)) = x with one pixel around it, mirrored without repeating the border
  /// (reflect, needs H, W ≥ 2) or repeating it (replicate).
  virtual void pad(Padding mode, const Tensor& x, const Tensor& y) = 0;
  /// dx =: every padded pixel's gradient goes back to the pixel it was copied from.
  virtual void dpad(Padding mode, const Tensor& dy, const Tensor& dx) = 0;

  // ---- the losses' operations: value and gradient together

  /// value = c · Σ (f − p)²; df = or += 2c (f − p). f, p, df: feature maps of one shape. Skips df
  /// where it is empty.
  virtual void squared_difference(double c, const Tensor& f, const Tensor& p, Scalar value,
                                  const Tensor& df, bool accumulate) = 0;
  /// g = c · F Fᵀ with F = f as N × M; g: N × N matrix.
  virtual void gram(double c, const Tensor& f, const Tensor& g) = 0;
  /// df = or += c · D F, the gradient of the Gram matrix along a symmetric N × N matrix D (with c =
  /// 2 · gram's), in pixel_type() or dfeature_type().
  virtual void dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
                     bool accumulate) = 0;
  /// value = c · Σ (g − a)²; dg = 2c (g − a). Matrices of one shape; dg may be g.
  virtual void matrix_difference(double c, const Tensor& g, const Tensor& a, Scalar value,
                                 const Tensor& dg) = 0;
  /// Both at once: value = c · Σ (g − a)²; dg = 2c (g − a), with g = s · F Fᵀ as gram has it. dg is
  /// in dfeature_type(), as dgram reads it best, in memory that has room for pixel_type().
  virtual void gram_difference(double s, const Tensor& f, double c, const Tensor& a, Scalar value,
                               const Tensor& dg);

  // ---- of losses on means and covariances: matrices, row-major, in pixel_type()

  /// mean[c] = Σ_m f[c,m] / M. f: feature map (N × M); mean: N values.
  virtual void channel_means(const Tensor& f, const Tensor& mean) = 0;
  /// df[c,m] += a · values[c]. values: N values; df: a feature map's gradient.
  virtual void add_to_channels(double a, const Tensor& values, const Tensor& df) = 0;
  /// z = or += a x y, with x R × K, y K × C and z R × C.
  virtual void multiply(double a, const Tensor& x, const Tensor& y, const Tensor& z,
                        bool accumulate) = 0;
  /// y = x / √squares, 0 where that is 0; with squares = Σ x² the matrix of norm 1. y may be x.
  virtual void divide_by_norm(const Tensor& x, Scalar squares, const Tensor& y) = 0;
  /// The trace of a matrix function and its gradient, for X = C / norm with norm = √squares, Y =
  /// p(X), D = p′(X) and product = ⟨X, D⟩: value += c · (tr S − 2 √norm tr Y);
  /// dC = −2c / √norm · (D + (½ tr Y − product) X), or 0 where C is 0. Square matrices; dC may be
  /// D.
  virtual void bures_distance(double c, const Tensor& s, Scalar squares, Scalar product,
                              const Tensor& x, const Tensor& y, const Tensor& d, Scalar value,
                              const Tensor& dc) = 0;

  /// value = c/2 · Σ (x→² + x↓²), x→ and x↓ the differences to the right and lower neighbour; dx
  /// +=. Pictures.
  virtual void total_variation(double c, const Tensor& x, Scalar value, const Tensor& dx) = 0;

  // ---- the optimisers' operations, on pictures and vectors in pixel_type()

  virtual void copy(const Tensor& x, const Tensor& y) = 0;               ///< y = x
  virtual void fill(double value, const Tensor& y) = 0;                  ///< y = value
  virtual void scale(double a, const Tensor& y) = 0;                     ///< y = a y
  virtual void axpy(double a, const Tensor& x, const Tensor& y) = 0;     ///< y += a x
  virtual void dot(const Tensor& x, const Tensor& y, Scalar value) = 0;  ///< value = Σ x y
  virtual void absolute_sum(const Tensor& x, Scalar value) = 0;          ///< value = Σ |x|
  virtual void absolute_max(const Tensor& x, Scalar value) = 0;  ///< value = max |x|, NaN if any is
  /// values[n · |y| + m] = Σ x[n] y[m], summed in double, for every x and one or two y's: vectors
  /// of one length. Reads each x once. Arguments may be the same vectors. A sum's bits depend on
  /// its two vectors alone, not on their company.
  virtual void dots(std::span<const Tensor> x, std::span<const Tensor> y, Scalar values) = 0;
  /// y = Σ c[n] x[n], summed in double; a device may round after every 32 vectors. At least one.
  virtual void combine(std::span<const double> c, std::span<const Tensor> x, const Tensor& y) = 0;
  /// One Adam step. `steps` += 1 gives t; m = β₁ m + (1−β₁) g; v = β₂ v + (1−β₂) g²;
  /// x −= lr/(1−β₁ᵗ) · m / (√(v/(1−β₂ᵗ)) + ε), then clamped to `bounds` where given. Kingma & Ba
  /// 2015, algorithm 1.
  virtual void adam(const AdamRule& rule, Scalar steps, const Tensor& g, const Tensor& m,
                    const Tensor& v, const Tensor& x, const PixelBounds* bounds) = 0;
  /// x = min(max(x, low), high) per channel. Picture.
  virtual void clamp(const PixelBounds& bounds, const Tensor& x) = 0;

  /// Row number `rows` of the log = `count` scalars from `first` on; rows += 1.
  virtual void append(Scalar first, std::int64_t count, Scalar log, Scalar rows) = 0;
};

}  // namespace impasto
