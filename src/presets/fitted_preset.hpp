// A preset on the weights that there are: layers that these lack are replaced, and a balance that
// was published for other weights is left to --balance auto.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "impasto/options.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// What decides whether a preset's numbers hold on a network.
struct NetworkTraits {
  std::vector<std::string> taps;  ///< all that it offers, in network order
  /// Nothing for an untrained network, and for one between the families; see traits_of.
  std::optional<WeightFamily> family;
  bool calibrated = false;  ///< untrained, with scale and bias set from the pictures (oriented)
};

/// The family is the file's own, except that a file of the torchvision family whose first
/// convolution answers as strongly as caffe's is of neither: somebody folded torchvision's input
/// normalisation into caffe's weights, and the features behind it are caffe's.
NetworkTraits traits_of(const NetworkWeights& weights);

/// A layer that the weights lack and the one that is read instead of it.
struct StandIn {
  std::string wanted;
  std::string taken;
  friend bool operator==(const StandIn&, const StandIn&) = default;
};

struct FittedPreset {
  TransferOptions options;
  /// Whether the weights are those that the preset's numbers were chosen for: of its family, with
  /// all layers that it reads.
  bool suits = true;
  std::vector<StandIn> content;  ///< replaced content layers
  std::vector<StandIn> style;    ///< replaced style layers
};

/// The tap of `taps` that stands in for `wanted`, a conv or relu: in the same block, or else in the
/// deepest block there is, the one of the same number, or else the last. `wanted` itself where
/// there is one; empty where not even that block has any.
std::string stand_in_for(const std::string& wanted, const std::vector<std::string>& taps);

/// The preset's options for a network. A layer that it lacks is replaced by its stand-in, which
/// takes over its weight, unless the stand-in is read already. Layer lists in `given` (names of the
/// options that the user sets) are left alone. Where the weights do not suit the preset, it is
/// balanced by itself (`auto_balance`) unless `given` has a weight of the losses, and what it says
/// for such weights is applied. Throws UsageError for an unknown name.
FittedPreset fitted_preset(const std::string& name, const NetworkTraits& traits,
                           const std::set<std::string>& given);

/// Throws UsageError for a layer of `options` that is neither VGG's nor among `taps`, the
/// network's.
void require_known_taps(const TransferOptions& options, const std::vector<std::string>& taps);

/// As require_known_taps, and throws InputError that lists every layer of `options` that is not
/// among `taps`, and `taps`; `source` is where the weights came from.
void require_taps(const TransferOptions& options, const std::vector<std::string>& taps,
                  const std::string& source);

}  // namespace impasto
