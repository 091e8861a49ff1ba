// The emulated cuDNN's arithmetic, which its classic calls and its graphs share: a matrix product
// over gathered windows (im2col), in float, on OpenBLAS.
#pragma once

#include <cudnn.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "cuda_emulation/cudnn.hpp"

namespace cuda_emulation {

using Floats = std::vector<float>;

/// Copies of a convolution's descriptors: the caller may change theirs before the stream runs.
struct Geometry {
  cudnnTensorStruct x;
  cudnnFilterStruct w;
  cudnnConvolutionStruct convolution;
  cudnnTensorStruct y;

  explicit Geometry(const ConvolutionDescriptors& from)
      : x(*from.x), w(*from.w), convolution(*from.convolution), y(*from.y) {}

  [[nodiscard]] int taps() const { return w.h * w.w * w.c; }
  /// Since the Ampere generation every math type but FMA lets floats be rounded to TF32.
  [[nodiscard]] bool tf32() const {
    return x.type == CUDNN_DATA_FLOAT && convolution.math != CUDNN_FMA_MATH;
  }
};

/// One image of a tensor as dense floats [h][w][c].
Floats gather(const cudnnTensorStruct& tensor, const void* data, int n, bool tf32);

/// Calls visit(place in the tensor, place in dense [h][w][c], channel) for every element of image
/// n.
template <typename Visit>
void visit_elements(const cudnnTensorStruct& tensor, int n, const Visit& visit) {
  const auto& [count, c, h, w] = tensor.shape;
  const auto& s = tensor.strides;
  std::size_t dense = 0;
  for (int i = 0; i < h; ++i) {
    for (int j = 0; j < w; ++j) {
      for (int ch = 0; ch < c; ++ch) {
        visit(static_cast<std::size_t>(n * s[0] + ch * s[1] + i * s[2] + j * s[3]), dense++, ch);
      }
    }
  }
}

/// The filter as a matrix K × (h, w, c), turned by 180° in CUDNN_CONVOLUTION mode.
Floats filter_matrix(const Geometry& g, const void* data);

/// y [h][w][k] of one image: windows × filtersᵀ.
Floats convolve(const Geometry& g, const Floats& x, const Floats& filters);
/// dx [h][w][c] of one image: what each window's row of dy × filters gives its pixels.
Floats convolve_back(const Geometry& g, const Floats& dy, const Floats& filters);

/// An array in device memory that a call was given.
struct Argument {
  const char* name;
  const void* data;
  std::size_t bytes;
};

struct Workspace {
  void* data;
  std::size_t bytes;
  std::size_t needed;
};

/// Null pointers, alignment, overlaps, too small a workspace: what can be said at the call.
cudnnStatus_t examine(const std::vector<Argument>& inputs, const Argument& output,
                      const Workspace& workspace);

/// What only the running stream can tell: whether the memory is the device's, then and there. The
/// whole workspace is used.
void enter(const std::vector<Argument>& arguments, const Workspace& workspace);

/// Gives `run` to the handle's stream.
cudnnStatus_t submit(cudnnHandle_t handle, std::function<void()> run);

}  // namespace cuda_emulation
