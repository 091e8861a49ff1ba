// The choices that style transfer leaves open, as named values. Their command-line spellings stand
// in src/presets/option_table.cpp.
#pragma once

namespace impasto {

/// Content term of a tap with features F and target P, N channels by M positions.
enum class ContentLoss {
  kSum,      ///< Σ (F−P)²
  kHalfSum,  ///< ½ Σ (F−P)²
  kMean,     ///< Σ (F−P)² / (N·M)
};

/// Gram matrix of features F (N × M). Picture and style are each normalised with their own M.
enum class GramForm {
  kRaw,        ///< G = F Fᵀ
  kPositions,  ///< G / M
  kElements,   ///< G / (N·M)
};

/// Style term of a tap with Gram matrix G and target A, or with mean and covariance.
enum class StyleLoss {
  kSum,             ///< Σ (G−A)²
  kMean,            ///< Σ (G−A)² / N²
  kMeanPerElement,  ///< Σ (G−A)² / (N²·N·M), the course notes' division by the feature map's size
  kGatys,           ///< Σ (G_raw − A_raw)² / (4 N² M²), E_l of Gatys, Ecker & Bethge 2016
  kWasserstein,  ///< squared Wasserstein-2 distance of the Gaussians, / N
};

/// Whether a layer's weight counts as given or is divided by the number of layers.
enum class LayerReduction { kSum, kMean };

enum class Pooling { kMax, kAverage };

/// What a convolution sees one pixel beyond the border.
enum class Padding { kZero, kReflect, kReplicate };

enum class OptimizerKind { kAdam, kLbfgs };
enum class LineSearch { kNone, kStrongWolfe };
enum class InitialImage { kContent, kNoise, kGray, kStyle, kFile };

/// How the optimised tensor becomes a picture: clipped to [0, 1], or stretched from its own minimum
/// and maximum.
enum class OutputRange { kClip, kRescale };

enum class DeviceKind { kAuto, kCpu, kCuda };
enum class Precision { kFp32, kTf32, kBf16, kFp16 };

}  // namespace impasto
