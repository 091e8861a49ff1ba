// Convolutions among named tensors, and the runs of them that may be a VGG.
#pragma once

#include <string>
#include <vector>

#include "weights/layer_names.hpp"
#include "weights/vgg_in_tensors.hpp"

namespace impasto {

/// A convolution's two tensors. They belong to the TensorList.
struct ConvolutionTensors {
  LayerName name;
  const NamedTensor* weight = nullptr;
  const NamedTensor* bias = nullptr;  ///< none when there is none of a fitting size
  std::size_t position = 0;           ///< in the file
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;
  std::int64_t side = 0;      ///< of the kernel, or 0 when it is not square
  bool kernel_leads = false;  ///< height × width × in × out rather than out × in × height × width
};

/// Layers in network order that lead from three channels on, each taking what the one before gives.
struct VggRun {
  std::string key;
  std::vector<ConvolutionTensors> layers;
};

struct VggRuns {
  std::vector<VggRun> runs;
  std::string nearest;  ///< why the likeliest list of layers is no run; "" when none comes near
};

/// All runs in the file, none of them part of another.
VggRuns find_runs(const TensorList& list);

}  // namespace impasto
