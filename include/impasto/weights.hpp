// A VGG's convolution weights on the host, and where they come from.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace impasto {

/// Which preprocessing a network was trained with.
///   torchvision: (rgb − mean) / std with rgb in [0, 1]
///   caffe:       255·rgb − mean, Simonyan & Zisserman's own, channels in BGR order
enum class WeightFamily { kTorchvision, kCaffe };

/// Order of the first convolution's input channels. `mean` and `std` below are in this order too.
enum class ChannelOrder { kRgb, kBgr };

/// One 3 × 3, stride 1, padding 1 convolution (cross-correlation).
struct ConvolutionWeights {
  int block = 0;                  ///< 1-based, as in conv3_1
  int index = 0;                  ///< 1-based within its block
  std::int64_t out_channels = 0;  ///< K
  std::int64_t in_channels = 0;   ///< C
  std::vector<float> weight;      ///< K × C × 3 × 3, row-major
  std::vector<float> bias;        ///< K

  /// "conv3_1"
  [[nodiscard]] std::string name() const;
};

/// A network's weights, in network order. Blocks are separated by 2 × 2 pooling.
struct NetworkWeights {
  std::string topology = "custom";  ///< "vgg11", "vgg13", "vgg16", "vgg19" or "custom"
  WeightFamily family = WeightFamily::kTorchvision;
  ChannelOrder order = ChannelOrder::kRgb;
  std::array<float, 3> mean{0.485F, 0.456F, 0.406F};
  std::array<float, 3> std{0.229F, 0.224F, 0.225F};
  std::string source;                  ///< file or specification that the weights came from
  std::string source_sha256;           ///< of that file; empty for weights built in memory
  bool pool_after_last_block = false;  ///< a truncated network may end in the middle of a block
  bool calibrate =
      false;  ///< scale and bias are still to be set from the run's own pictures (oriented)
  std::vector<ConvolutionWeights> convolutions;
  /// What was inferred when a checkpoint was read, a line each: where in the file the network
  /// stood, what told its blocks and its family. Empty for weights files.
  std::vector<std::string> notes;
};

/// Weights by specification: "oriented[:SEED]", "random[:SEED]", "none" (no convolution at all, for
/// runs that compare the picture itself), or the path of an HDF5 weights file, or of a checkpoint,
/// which is converted in memory. Throws UsageError for a bad seed,
/// InputError for a missing, damaged or unusable file.
NetworkWeights load_weights(const std::string& specification);

/// Reads an HDF5 weights file. Throws InputError; see load_weights.
NetworkWeights read_weights_file(const std::string& path);

/// Writes an HDF5 weights file, whole or not at all: it is read back before it replaces anything.
/// `stop_requested`, if given, is asked between layers: where it says yes, nothing is written and
/// the result is false. Throws InputError.
bool write_weights_file(const std::string& path, const NetworkWeights& weights,
                        const std::function<bool()>& stop_requested = {});

/// Untrained full-width VGG-19 of oriented filters (calibrate = true); see
/// docs/untrained-network.md.
NetworkWeights oriented_weights(std::uint64_t seed);

/// Untrained full-width VGG-19 with orthogonal filters, scaled by √2 so that activations keep their
/// size.
NetworkWeights random_weights(std::uint64_t seed);

/// The weights file used when none is named: $IMPASTO_WEIGHTS, then vgg19.h5, vgg19-caffe.h5 or
/// vgg16.h5, the first that is there, in weights/ of the current folder, the install or the source
/// tree. Throws InputError that names every way to get weights when there is none.
std::string default_weights_path();

}  // namespace impasto
