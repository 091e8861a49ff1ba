// A case of the golden file, run by this program's own pieces on any backend.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "gradcheck/host_tensor.hpp"
#include "impasto/options.hpp"
#include "losses/losses.hpp"
#include "network/network.hpp"
#include "support/golden_file.hpp"
#include "transfer/walk_objective.hpp"

namespace impasto {

/// The golden file's network.
NetworkWeights golden_weights(const GoldenFile& golden);

/// One of its pictures ("content"), normalised, as CHW doubles.
HostValues golden_picture(const GoldenFile& golden, const std::string& name);
Shape golden_shape(const GoldenFile& golden, const std::string& name);

/// Options from a group's attributes, by the option table.
TransferOptions golden_options(const GoldenFile& golden, const std::string& group);

/// Network, losses and targets of one case.
class GoldenCase {
 public:
  GoldenCase(const GoldenFile& golden, const std::string& group, Backend& backend);

  [[nodiscard]] LossWalk& walk() { return *walk_; }
  [[nodiscard]] const Tensor& start() const { return start_->get(); }
  [[nodiscard]] const TransferOptions& options() const { return options_; }

 private:
  TransferOptions options_;
  NetworkWeights weights_;
  std::unique_ptr<PreparedNetwork> prepared_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Losses> losses_;
  std::unique_ptr<LossWalk> walk_;
  std::unique_ptr<OwnedTensor> start_;
};

}  // namespace impasto
