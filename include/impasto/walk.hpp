// The walk by itself, for losses of your own: a picture goes forward to feature maps on the host,
// and their gradients go back to the picture's pixels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "impasto/forms.hpp"
#include "impasto/image.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// The values at a tap, or a loss's gradient with respect to them. `values` is planar (CHW):
/// element (c, y, x) stands at (c · height + y) · width + x.
struct FeatureMap {
  std::string tap;  ///< conv3_1, relu3_1, pool3
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<float> values;

  [[nodiscard]] std::int64_t positions() const { return height * width; }
};

struct FeatureWalkOptions {
  std::vector<std::string> taps;  ///< at least one, each once; the walk stops at the deepest
  Pooling pooling = Pooling::kMax;
  Padding padding = Padding::kZero;

  // The machine.
  DeviceKind device = DeviceKind::kAuto;
  int device_index = 0;
  std::optional<Precision> precision;  ///< unset: fp32 on the CPU, tf32 on CUDA
  int threads = 0;                     ///< CPU threads; 0 = as affinity and quota allow
  bool deterministic = false;          ///< as in TransferOptions
};

/// A network at one picture size: everything is allocated by the constructor.
///
/// Its pictures, and the gradients that come back, are in the network's *input space*: what the
/// network was trained on, RGB, planar, without alpha. normalise and denormalise lead there from
/// display space and back. Calls are to come from one thread at a time.
class FeatureWalk {
 public:
  /// For pictures of `width` × `height` pixels. Throws UsageError for a size below 1, without taps,
  /// for a tap named twice or one that no VGG has, and for weights that are still to be calibrated
  /// (see below); InputError for a tap that these weights do not reach and for a picture too small
  /// for the deepest tap; DeviceError.
  FeatureWalk(NetworkWeights weights, std::int64_t width, std::int64_t height,
              const FeatureWalkOptions& options);
  FeatureWalk(const FeatureWalk&) = delete;
  FeatureWalk& operator=(const FeatureWalk&) = delete;
  FeatureWalk(FeatureWalk&&) noexcept;
  FeatureWalk& operator=(FeatureWalk&&) noexcept;
  ~FeatureWalk();

  /// The device that was chosen, e.g. "cpu, 2 threads".
  [[nodiscard]] const std::string& device() const;

  /// Display space ([0, 1]) → input space, for a picture of any size. Alpha is dropped.
  [[nodiscard]] Image normalise(const Image& picture) const;
  /// Input space → display space, not clamped: save_image clips.
  [[nodiscard]] Image denormalise(const Image& x) const;

  /// x (input space) → one feature map per tap, in the order of the options. Throws UsageError for
  /// a picture of another size.
  std::vector<FeatureMap> forward(const Image& x);

  /// dL/dF at every tap, in the order and of the shapes that forward gave, → dL/dx in input space,
  /// at the x of the last forward, which it uses up: each backward needs a forward before it.
  /// Throws UsageError for a gradient that is missing or of another tap or shape, and without a
  /// forward.
  Image backward(const std::vector<FeatureMap>& dfeatures);

 private:
  class Walk;
  std::unique_ptr<Walk> walk_;
};

/// Untrained weights whose scale is still open (NetworkWeights::calibrate: "oriented") made ready
/// for a FeatureWalk with these options: every channel up to the deepest tap has mean 0 and
/// standard deviation 1 before ReLU, over all of these pictures (display space, any sizes)
/// together. Other weights come back as they are. Throws UsageError without a picture, and
/// otherwise as FeatureWalk.
NetworkWeights calibrated(const NetworkWeights& weights, const std::vector<Image>& pictures,
                          const FeatureWalkOptions& options);

}  // namespace impasto
