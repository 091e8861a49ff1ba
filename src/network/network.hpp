// The walk: forward from a picture to the taps, and backward from the taps to the picture.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "backend/backend.hpp"
#include "network/plan.hpp"
#include "network/topology.hpp"

namespace impasto {

/// A network's layers with its filters prepared by one backend, shared by the walks of all sizes.
class PreparedNetwork {
 public:
  /// Weights whose first convolution expects BGR are turned to RGB: pictures are RGB everywhere.
  /// Both arguments must outlive this.
  PreparedNetwork(Backend& backend, const NetworkWeights& weights);

  [[nodiscard]] Backend& backend() const { return backend_; }
  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }
  /// A convolution's weights as they meet RGB pictures.
  [[nodiscard]] const ConvolutionWeights& weights(std::size_t convolution) const;
  /// Prepared on first use: a walk that stops early never pays for the filters behind its last tap.
  const std::shared_ptr<FilterBank>& filters(std::size_t convolution);

 private:
  Backend& backend_;
  const NetworkWeights& weights_;
  std::vector<Layer> layers_;
  ConvolutionWeights first_;
  std::vector<std::shared_ptr<FilterBank>> filters_;
};

/// Called in the backward walk at each tap, deepest first: `feature` is the tap's value, `dfeature`
/// its gradient so far, to which the visitor adds its loss gradient (+=). Where `accumulate` is not
/// set there is none so far, and the visitor overwrites (=): at the deepest tap, and where the
/// network adds the rest itself.
using TapVisitor = std::function<void(std::size_t tap, const Tensor& feature,
                                      const Tensor& dfeature, bool accumulate)>;

/// One walk at one size: everything is allocated and chosen here, forward and backward only run.
class Network {
 public:
  /// Throws as make_plan, and DeviceError when there is not enough memory.
  Network(PreparedNetwork& prepared, const WalkOptions& options);

  /// picture (3 × H × W, normalised, RGB) → values at the taps.
  void forward(const Tensor& picture);

  /// The taps' loss gradients → dpicture (3 × H × W) =. Follows a forward, whose kept values it
  /// uses up.
  void backward(const TapVisitor& visit, const Tensor& dpicture);

  /// The value at tap n of WalkOptions::taps: valid between forward and backward, or until the next
  /// forward.
  [[nodiscard]] Tensor tap(std::size_t n) const;

  /// The shape at every tap, in the order of WalkOptions::taps.
  [[nodiscard]] std::vector<Shape> tap_shapes() const { return impasto::tap_shapes(plan_); }

  /// Bytes of activations, gradients and workspace.
  [[nodiscard]] std::size_t bytes() const { return plan_.arena_bytes + workspace_bytes_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }

 private:
  /// A value of the plan: a feature map, or a gradient of one.
  [[nodiscard]] Tensor feature(std::size_t value) const;
  [[nodiscard]] Tensor dfeature(std::size_t value) const;
  void forward_step(std::size_t s, const Tensor& picture);
  void backward_step(std::size_t s, const Tensor& dpicture);

  Backend& backend_;
  WalkOptions options_;
  Plan plan_;
  std::size_t workspace_bytes_ = 0;
  std::vector<std::unique_ptr<Convolution>> convolutions_;  // by step; null for other steps
  std::unique_ptr<Memory> arena_;
  std::unique_ptr<Memory> workspace_;
};

}  // namespace impasto
