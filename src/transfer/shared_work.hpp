// What several runs on the same backend and weights have in common: prepared filters and targets.
// A figure of many panels makes each of them once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/owned_tensor.hpp"
#include "impasto/image.hpp"
#include "impasto/options.hpp"
#include "network/network.hpp"
#include "transfer/sizes.hpp"

namespace impasto {

/// A prepared network, with weights of its own where they were calibrated for its pictures.
class WeightedNetwork {
 public:
  /// `weights` must outlive this unless there are `calibrated` ones.
  WeightedNetwork(Backend& backend, const NetworkWeights& weights,
                  std::optional<NetworkWeights> calibrated)
      : calibrated_(std::move(calibrated)),
        network_(backend, calibrated_ ? *calibrated_ : weights) {}
  WeightedNetwork(const WeightedNetwork&) = delete;
  WeightedNetwork& operator=(const WeightedNetwork&) = delete;
  WeightedNetwork(WeightedNetwork&&) = delete;
  WeightedNetwork& operator=(WeightedNetwork&&) = delete;
  ~WeightedNetwork() = default;

  [[nodiscard]] PreparedNetwork& network() { return network_; }

 private:
  std::optional<NetworkWeights> calibrated_;
  PreparedNetwork network_;
};

/// Equal texts mean equal things: the filters and the targets of one scale of a run.
struct SharedKeys {
  std::string network;
  std::string content;
  std::string style;
};

/// A loss term's target and the layer it is of.
struct LayerTarget {
  std::size_t layer = 0;
  Tensor target;
};

class SharedWork {
 public:
  /// Both must outlive this.
  SharedWork(Backend& backend, const NetworkWeights& weights)
      : backend_(backend), weights_(weights) {}

  [[nodiscard]] Backend& backend() const { return backend_; }
  [[nodiscard]] const NetworkWeights& weights() const { return weights_; }

  /// The keys of a scale of `size`; `style_sizes` are the style pictures' there, `deepest` is the
  /// last layer that the run walks to, if any.
  [[nodiscard]] SharedKeys keys(const Image& content, const std::vector<Image>& styles,
                                const TransferOptions& options, const std::vector<double>& blend,
                                const PixelSize& size, const std::vector<PixelSize>& style_sizes,
                                std::optional<std::size_t> deepest) const;

  /// The network of this key. A new one is made of `calibrated` weights, or of the shared ones
  /// where that gives nothing. It stays valid until the next call.
  PreparedNetwork& network(const std::string& key,
                           const std::function<std::optional<NetworkWeights>()>& calibrated);

  /// Fills every target =: from what was kept under this key where all are there, else by
  /// `compute`, whose results are kept.
  void fill(const std::string& key, const std::vector<LayerTarget>& targets,
            const std::function<void()>& compute);

  /// How many were not there already.
  [[nodiscard]] int networks_made() const { return networks_made_; }
  [[nodiscard]] int targets_made() const { return targets_made_; }

 private:
  Backend& backend_;
  const NetworkWeights& weights_;
  std::map<std::string, std::unique_ptr<WeightedNetwork>> networks_;
  std::map<std::string, OwnedTensor> targets_;
  std::size_t target_bytes_ = 0;
  int networks_made_ = 0;
  int targets_made_ = 0;
};

}  // namespace impasto
