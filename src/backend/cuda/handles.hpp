// Every CUDA object with an owner that releases it.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <cstddef>
#include <memory>
#include <type_traits>

#include "backend/cuda/check.hpp"

namespace impasto::cuda {

/// Releases with a C function; a destructor has no use for its status.
template <auto kRelease>
struct Releaser {
  template <typename Handle>
  void operator()(Handle* handle) const {
    static_cast<void>(kRelease(handle));
  }
};

using Stream = std::unique_ptr<std::remove_pointer_t<cudaStream_t>, Releaser<cudaStreamDestroy>>;
using Event = std::unique_ptr<std::remove_pointer_t<cudaEvent_t>, Releaser<cudaEventDestroy>>;
using Graph = std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, Releaser<cudaGraphDestroy>>;
using GraphExec =
    std::unique_ptr<std::remove_pointer_t<cudaGraphExec_t>, Releaser<cudaGraphExecDestroy>>;
using BlasHandle = std::unique_ptr<std::remove_pointer_t<cublasHandle_t>, Releaser<cublasDestroy>>;
using DnnHandle = std::unique_ptr<std::remove_pointer_t<cudnnHandle_t>, Releaser<cudnnDestroy>>;
using TensorDescriptor = std::unique_ptr<std::remove_pointer_t<cudnnTensorDescriptor_t>,
                                         Releaser<cudnnDestroyTensorDescriptor>>;
using FilterDescriptor = std::unique_ptr<std::remove_pointer_t<cudnnFilterDescriptor_t>,
                                         Releaser<cudnnDestroyFilterDescriptor>>;
using ConvolutionDescriptor = std::unique_ptr<std::remove_pointer_t<cudnnConvolutionDescriptor_t>,
                                              Releaser<cudnnDestroyConvolutionDescriptor>>;
using ActivationDescriptor = std::unique_ptr<std::remove_pointer_t<cudnnActivationDescriptor_t>,
                                             Releaser<cudnnDestroyActivationDescriptor>>;

/// Calls a C function that hands out a handle, and owns what it hands out.
template <typename Owner, typename Create, typename... Arguments>
Owner create(const char* call, Create function, Arguments... arguments) {
  typename Owner::pointer handle = nullptr;
  check(function(&handle, arguments...), call);
  return Owner(handle);
}

inline Stream make_stream() {
  return create<Stream>("cudaStreamCreateWithFlags", cudaStreamCreateWithFlags,
                        static_cast<unsigned>(cudaStreamNonBlocking));
}
inline Event make_event(unsigned flags = cudaEventDisableTiming) {
  return create<Event>(
      "cudaEventCreateWithFlags",
      static_cast<cudaError_t (*)(cudaEvent_t*, unsigned)>(cudaEventCreateWithFlags), flags);
}

/// Page-locked host memory, which the device copies to and from while the host goes on.
class PinnedMemory {
 public:
  explicit PinnedMemory(std::size_t bytes) : bytes_(bytes) {
    void* data = nullptr;
    check(cudaHostAlloc(&data, bytes, cudaHostAllocDefault), "cudaHostAlloc");
    data_.reset(static_cast<std::byte*>(data));
  }
  template <typename T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(data_.get());
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_;
  std::unique_ptr<std::byte, Releaser<cudaFreeHost>> data_;
};

}  // namespace impasto::cuda
