// Everything that decides a transfer, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "impasto/forms.hpp"

namespace impasto {

/// A tap and its weight within the content or style loss. The weight is `factor`, or factor / N²
/// where `over_squared_channels` is set, N being the tap's channels ("relu1_1=1000/N^2").
struct LayerWeight {
  std::string tap;
  double factor = 1.0;
  bool over_squared_channels = false;
  friend bool operator==(const LayerWeight&, const LayerWeight&) = default;
};

/// Options of a transfer. The defaults are those of no preset: start from preset("gatys") or
/// another.
struct TransferOptions {
  std::string preset = "gatys";

  // The machine.
  DeviceKind device = DeviceKind::kAuto;
  int device_index = 0;
  std::optional<Precision> precision;  ///< unset: fp32 on the CPU, tf32 on CUDA
  int threads = 0;                     ///< CPU threads; 0 = as affinity and quota allow
  bool graph = true;  ///< on CUDA, replay one captured graph instead of launching every operation
  /// No algorithm is chosen by a clock, and no earlier choice is read or kept: see transfer().
  bool deterministic = false;

  // Sizes, in pixels.
  std::int64_t size = 512;           ///< long side of the output; 0 = the content image's own size
  bool upscale = false;              ///< whether a content image smaller than `size` is enlarged
  std::vector<std::int64_t> scales;  ///< long sides in growing order; empty = one scale of `size`
  std::vector<std::int64_t>
      scale_iterations;      ///< per scale, 0 leaves one out; empty = `iterations` in equal parts
  double style_scale = 1.0;  ///< style image's long side = style_scale × output's long side
  std::optional<std::int64_t> style_size;  ///< style image's long side; 0 = its own
  bool stretch = false;        ///< both images resized to exactly size × size, ignoring aspect
  bool style_stretch = false;  ///< style images resized to the output's width and height

  // The losses.
  std::vector<LayerWeight> content_layers;
  std::vector<LayerWeight> style_layers;
  double content_weight = 1.0;
  double style_weight = 1.0;
  double tv_weight = 0.0;
  std::optional<double> balance;  ///< rescales style_weight to this ratio of pixel gradients
  bool auto_balance = false;  ///< the ratio that suits the preset, instead of `balance`; without
                              ///< both losses it does nothing
  double strength = 1.0;      ///< multiplies that ratio; without one, style_weight
  std::vector<double> style_weights;  ///< blend of several style images; empty = equal parts
  ContentLoss content_loss = ContentLoss::kMean;
  GramForm gram = GramForm::kPositions;
  StyleLoss style_loss = StyleLoss::kMean;
  LayerReduction layer_reduction = LayerReduction::kSum;

  // The network.
  Pooling pooling = Pooling::kMax;
  Padding padding = Padding::kZero;

  // The optimiser.
  std::int64_t iterations = 500;  ///< loss evaluations (forward + backward) over all scales
  OptimizerKind optimizer = OptimizerKind::kLbfgs;
  double learning_rate = 1.0;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  int lbfgs_history = 10;
  LineSearch line_search = LineSearch::kStrongWolfe;

  // The picture.
  InitialImage init = InitialImage::kContent;
  std::string init_path;   ///< used with InitialImage::kFile
  double noise_std = 0.1;  ///< of the noise initial image, in normalised space
  std::uint64_t seed = 0;  ///< of that noise
  bool clamp = false;      ///< clamp pixels to the displayable range after each step
  OutputRange output_range = OutputRange::kClip;

  std::int64_t save_every = 0;        ///< evaluations between snapshots; 0 = none
  std::vector<std::int64_t> save_at;  ///< further evaluations that are snapshotted

  friend bool operator==(const TransferOptions&, const TransferOptions&) = default;
};

/// A preset's options; names are listed by preset_names(). Throws UsageError: for an unknown one it
/// lists them, for one that is only planned it names the nearest.
TransferOptions preset(const std::string& name);

/// Names of all presets, the default first.
std::vector<std::string> preset_names();

/// Checks everything that can be checked without pictures, weights or a device. Throws UsageError.
void validate(const TransferOptions& options);

}  // namespace impasto
