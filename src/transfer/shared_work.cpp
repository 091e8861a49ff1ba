#include "transfer/shared_work.hpp"

#include <algorithm>

#include "presets/option_table.hpp"
#include "presets/parse.hpp"
#include "transfer/fingerprint.hpp"

namespace impasto {
namespace {

/// Targets of large pictures are large, and calibrated networks are whole networks: beyond these
/// limits everything is forgotten and made anew.
constexpr std::size_t kMostTargetBytes = std::size_t{1} << 29U;
constexpr std::size_t kMostNetworks = 4;

std::string text_of(const PixelSize& size) {
  return " " + std::to_string(size.width) + "x" + std::to_string(size.height);
}

}  // namespace

SharedKeys SharedWork::keys(const Image& content, const std::vector<Image>& styles,
                            const TransferOptions& options, const std::vector<double>& blend,
                            const PixelSize& size, const std::vector<PixelSize>& style_sizes,
                            std::optional<std::size_t> deepest) const {
  const std::string walk = text_of_stage(options, OptionStage::kNetwork);
  SharedKeys keys;
  keys.content = "content " + fingerprint(content) + text_of(size) + walk;
  keys.style = "style" + walk;
  for (std::size_t n = 0; n < styles.size(); ++n) {
    keys.style +=
        " " + fingerprint(styles[n]) + text_of(style_sizes[n]) + " " + print_number(blend[n]);
  }
  if (weights_.calibrate) {
    keys.network =
        keys.content + "; " + keys.style + "; to " + (deepest ? std::to_string(*deepest) : "none");
    keys.content += "; in " + keys.network;
    keys.style += "; in " + keys.network;
  }
  keys.style += ";" + text_of_stage(options, OptionStage::kStyleTargets);
  return keys;
}

PreparedNetwork& SharedWork::network(
    const std::string& key, const std::function<std::optional<NetworkWeights>()>& calibrated) {
  if (const auto found = networks_.find(key); found != networks_.end()) {
    return found->second->network();
  }
  if (networks_.size() >= kMostNetworks) {
    networks_.clear();
  }
  ++networks_made_;
  return networks_.emplace(key, std::make_unique<WeightedNetwork>(backend_, weights_, calibrated()))
      .first->second->network();
}

void SharedWork::fill(const std::string& key, const std::vector<LayerTarget>& targets,
                      const std::function<void()>& compute) {
  if (targets.empty()) {
    return;
  }
  const auto name = [&](const LayerTarget& target) {
    return key + "; layer " + std::to_string(target.layer);
  };
  if (std::all_of(targets.begin(), targets.end(),
                  [&](const LayerTarget& target) { return targets_.contains(name(target)); })) {
    for (const LayerTarget& target : targets) {
      backend_.copy(targets_.at(name(target)).get(), target.target);
    }
    return;
  }
  ++targets_made_;
  compute();
  for (const LayerTarget& target : targets) {
    if (targets_.contains(name(target))) {
      continue;
    }
    const Tensor& value = target.target;
    const std::size_t bytes = storage_bytes(value.elements(), value.type);
    if (target_bytes_ + bytes > kMostTargetBytes) {
      backend_.synchronize();
      targets_.clear();
      target_bytes_ = 0;
    }
    if (bytes <= kMostTargetBytes) {
      const auto kept =
          targets_.emplace(name(target), OwnedTensor(backend_, value.shape, value.layout)).first;
      backend_.copy(value, kept->second.get());
      target_bytes_ += bytes;
    }
  }
}

}  // namespace impasto
