// The plan of a walk through the network: which steps, which buffers, when each buffer is alive,
// and where it lies in one arena. Pure arithmetic: it knows before any work how many bytes the work
// will need.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/shape.hpp"
#include "core/tensor.hpp"
#include "impasto/forms.hpp"
#include "network/topology.hpp"

namespace impasto {

struct WalkOptions {
  Shape picture;                  ///< 3 × H × W
  std::vector<std::size_t> taps;  ///< indices into the layers, or kPixels; the walk stops at the
                                  ///< deepest
  bool backward = true;           ///< false: forward only, for targets
  Pooling pooling = Pooling::kMax;
  Padding padding = Padding::kZero;
  std::string picture_name = {};  ///< for messages; may be empty
};

/// A buffer of the plan. Time runs in ticks: one per forward step, then two per backward step (see
/// plan.cpp).
struct Value {
  std::string name;  ///< "relu1_1", "d relu1_1"
  Shape shape;
  std::size_t bytes = 0;
  int first = 0;           ///< first tick at which it is written
  int last = 0;            ///< last tick at which it is read
  std::size_t offset = 0;  ///< in the arena
};

enum class StepKind { kImageIn, kPad, kConvolution, kRelu, kPool };

/// One step of the walk: x → y forward, dy → dx backward.
struct Step {
  StepKind kind = StepKind::kConvolution;
  std::size_t layer = 0;  ///< whose output y is; meaningless for image_in and pad
  bool relu = false;      ///< ReLU fused into a convolution; its gradient mask is y itself
  bool masked_dy =
      false;             ///< what writes dy applies that mask (FeatureStorage::masks_when_written)
  bool mask_dx = false;  ///< dx is masked by x, which is a ReLU's output
  bool add_dx = false;   ///< before that, `addend` is added to dx: the losses' gradient at tap x
  bool to_picture =
      false;  ///< dx is the picture's gradient, and image_in has no way back of its own
  std::optional<std::size_t> tap;  ///< which of WalkOptions::taps y is
  std::size_t x = 0;               ///< values; for image_in x is the picture, no value of the plan
  std::size_t y = 0;
  std::size_t dx = 0;
  std::size_t dy = 0;
  std::size_t addend = 0;  ///< meaningless without add_dx
};

struct Plan {
  std::vector<Step> steps;
  std::vector<Value> values;
  std::size_t arena_bytes = 0;
};

/// The shape at every tap, in the order of WalkOptions::taps.
std::vector<Shape> tap_shapes(const Plan& plan);

/// Throws UsageError without taps, InputError when the picture is too small for the deepest tap or
/// for reflect padding.
Plan make_plan(const std::vector<Layer>& layers, const WalkOptions& options,
               const FeatureStorage& storage);

}  // namespace impasto
