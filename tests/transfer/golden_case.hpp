// A case of the golden file, run by this program's own pieces on any backend.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "gradcheck/host_tensor.hpp"
#include "impasto/options.hpp"
#include "support/golden_file.hpp"
#include "transfer/scale_walk.hpp"

namespace impasto {

/// A golden file's network, whose convolutions are groups inside `group`. Its attribute `family`
/// decides the normalisation.
NetworkWeights golden_weights(const GoldenFile& golden, const std::string& group = "/");

/// One of its pictures ("content"), in [0, 1].
Image golden_display_picture(const GoldenFile& golden, const std::string& name);

/// The same, normalised as torchvision's networks want it, as CHW doubles.
HostValues golden_picture(const GoldenFile& golden, const std::string& name);
Shape golden_shape(const GoldenFile& golden, const std::string& name);

/// Options from a group's attributes, by the option table.
TransferOptions golden_options(const GoldenFile& golden, const std::string& group);

/// Network, losses and targets of one case.
class GoldenCase {
 public:
  GoldenCase(const GoldenFile& golden, const std::string& group, Backend& backend);

  [[nodiscard]] ScaleWalk& walk() { return *walk_; }
  [[nodiscard]] const Tensor& start() const { return start_->get(); }
  [[nodiscard]] const TransferOptions& options() const { return options_; }

 private:
  TransferOptions options_;
  NetworkWeights weights_;
  std::unique_ptr<PreparedNetwork> prepared_;
  std::unique_ptr<ScaleWalk> walk_;
  std::unique_ptr<OwnedTensor> start_;
};

}  // namespace impasto
