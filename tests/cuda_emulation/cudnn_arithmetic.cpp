#include "cuda_emulation/cudnn_arithmetic.hpp"

#include <cblas.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "cuda_emulation/device.hpp"
#include "cuda_emulation/numbers.hpp"

namespace cuda_emulation {
namespace {

std::size_t size(int n) {
  return static_cast<std::size_t>(n);
}

/// Calls visit(place of a window's tap in its row, place of the input pixel) for each tap of output
/// row `p` that lies inside the input; c consecutive floats belong to either place.
template <typename Visit>
void visit_windows(const Geometry& g, int p, const Visit& visit) {
  const auto& [n, c, h, w] = g.x.shape;
  for (int q = 0; q < g.y.shape[3]; ++q) {
    for (int r = 0; r < g.w.h; ++r) {
      const int i = p * g.convolution.stride_h - g.convolution.pad_h + r * g.convolution.dilation_h;
      for (int s = 0; s < g.w.w; ++s) {
        const int j =
            q * g.convolution.stride_w - g.convolution.pad_w + s * g.convolution.dilation_w;
        if (i >= 0 && i < h && j >= 0 && j < w) {
          visit((size(q) * size(g.w.h * g.w.w) + size(r * g.w.w + s)) * size(c),
                (size(i) * size(w) + size(j)) * size(c));
        }
      }
    }
  }
}

}  // namespace

Floats gather(const cudnnTensorStruct& tensor, const void* data, int n, bool tf32) {
  const auto& [count, c, h, w] = tensor.shape;
  const auto& s = tensor.strides;
  const cudaDataType type = element_type(tensor.type);
  Floats values;
  values.reserve(size(h) * size(w) * size(c));
  for (int i = 0; i < h; ++i) {
    for (int j = 0; j < w; ++j) {
      const std::size_t start = size(n) * size(s[0]) + size(i) * size(s[2]) + size(j) * size(s[3]);
      for (int ch = 0; ch < c; ++ch) {
        const float value = load(type, data, start + size(ch) * size(s[1]));
        values.push_back(tf32 ? as_tf32(value) : value);
      }
    }
  }
  return values;
}

Floats filter_matrix(const Geometry& g, const void* data) {
  const cudaDataType type = element_type(g.w.type);
  const bool turned = g.convolution.mode == CUDNN_CONVOLUTION;
  Floats values;
  values.reserve(size(g.w.k) * size(g.taps()));
  for (int k = 0; k < g.w.k; ++k) {
    for (int r = 0; r < g.w.h; ++r) {
      for (int s = 0; s < g.w.w; ++s) {
        const int i = turned ? g.w.h - 1 - r : r;
        const int j = turned ? g.w.w - 1 - s : s;
        for (int c = 0; c < g.w.c; ++c) {
          const std::size_t place =
              g.w.format == CUDNN_TENSOR_NHWC
                  ? ((size(k) * size(g.w.h) + size(i)) * size(g.w.w) + size(j)) * size(g.w.c) +
                        size(c)
                  : ((size(k) * size(g.w.c) + size(c)) * size(g.w.h) + size(i)) * size(g.w.w) +
                        size(j);
          const float value = load(type, data, place);
          values.push_back(g.tf32() ? as_tf32(value) : value);
        }
      }
    }
  }
  return values;
}

Floats convolve(const Geometry& g, const Floats& x, const Floats& filters) {
  const int width = g.y.shape[3];
  Floats y(size(g.y.shape[2]) * size(width) * size(g.w.k));
  Floats windows(size(width) * size(g.taps()));
  for (int p = 0; p < g.y.shape[2]; ++p) {
    std::fill(windows.begin(), windows.end(), 0.0F);
    visit_windows(g, p, [&](std::size_t tap, std::size_t pixel) {
      std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(pixel), g.w.c,
                  windows.begin() + static_cast<std::ptrdiff_t>(tap));
    });
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, width, g.w.k, g.taps(), 1, windows.data(),
                g.taps(), filters.data(), g.taps(), 0, &y[size(p) * size(width) * size(g.w.k)],
                g.w.k);
  }
  return y;
}

Floats convolve_back(const Geometry& g, const Floats& dy, const Floats& filters) {
  const int width = g.y.shape[3];
  Floats dx(size(g.x.shape[2]) * size(g.x.shape[3]) * size(g.w.c));
  Floats windows(size(width) * size(g.taps()));
  for (int p = 0; p < g.y.shape[2]; ++p) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, width, g.taps(), g.w.k, 1,
                &dy[size(p) * size(width) * size(g.w.k)], g.w.k, filters.data(), g.taps(), 0,
                windows.data(), g.taps());
    visit_windows(g, p, [&](std::size_t tap, std::size_t pixel) {
      for (std::size_t c = 0; c < size(g.w.c); ++c) {
        dx[pixel + c] += windows[tap + c];
      }
    });
  }
  return dx;
}

cudnnStatus_t examine(const std::vector<Argument>& inputs, const Argument& output,
                      const Workspace& workspace) {
  std::vector<Argument> arguments = inputs;
  arguments.push_back(output);
  for (const Argument& argument : arguments) {
    if (argument.data == nullptr) {
      return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, std::string(argument.name) + " is null");
    }
    if (reinterpret_cast<std::uintptr_t>(argument.data) % 16 != 0) {
      return refuse(CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER,
                    std::string(argument.name) + " is not aligned to 16 bytes");
    }
    if (overlap(argument.data, argument.bytes, workspace.data, workspace.bytes)) {
      return refuse(CUDNN_STATUS_BAD_PARAM, std::string(argument.name) + " overlaps the workspace");
    }
  }
  for (const Argument& input : inputs) {
    if (overlap(input.data, input.bytes, output.data, output.bytes)) {
      return refuse(CUDNN_STATUS_BAD_PARAM,
                    std::string(input.name) + " and " + output.name + " share memory");
    }
  }
  if (workspace.bytes < workspace.needed) {
    return refuse(CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT,
                  "the workspace has " + std::to_string(workspace.bytes) + " of " +
                      std::to_string(workspace.needed) + " bytes");
  }
  if (workspace.needed > 0 && workspace.data == nullptr) {
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "the workspace is null");
  }
  return CUDNN_STATUS_SUCCESS;
}

void enter(const std::vector<Argument>& arguments, const Workspace& workspace) {
  for (const Argument& argument : arguments) {
    Device::instance().require(argument.data, argument.bytes,
                               std::string("cuDNN's ") + argument.name);
  }
  if (workspace.data != nullptr) {
    Device::instance().require(workspace.data, workspace.bytes, "cuDNN's workspace");
    std::memset(workspace.data, 0xFF, workspace.bytes);
  }
}

cudnnStatus_t submit(cudnnHandle_t handle, std::function<void()> run) {
  const cudaError_t error =
      Device::instance().enqueue(handle->stream, std::move(run), WorkKind::kLibraryCall);
  return error == cudaSuccess ? CUDNN_STATUS_SUCCESS
                              : refuse(CUDNN_STATUS_EXECUTION_FAILED, cudaGetErrorString(error));
}

}  // namespace cuda_emulation
