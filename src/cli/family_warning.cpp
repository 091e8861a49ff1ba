#include "cli/family_warning.hpp"

#include <optional>

#include "presets/presets.hpp"

namespace impasto {

std::string family_warning(const TransferOptions& options, const NetworkWeights& weights) {
  const std::optional<WeightFamily> published = find_preset(options.preset).family;
  const bool balanced = options.balance || options.content_weight == 0 ||
                        options.style_weight == 0 || options.content_layers.empty() ||
                        options.style_layers.empty();
  const bool same = published == weights.family && !weights.source_sha256.empty();
  if (!published || same || balanced) {
    return "";
  }
  return "the preset " + options.preset + " balances content and style for trained " +
         (*published == WeightFamily::kCaffe ? "caffe" : "torchvision") +
         "-family weights, which these are not; --balance R sets the balance for any weights";
}

}  // namespace impasto
