// oneDNN, versions 2 and 3: the calls that version 3 changed have one name each here.
#pragma once

#include <omp.h>
#include <dnnl.hpp>

namespace impasto::cpu {

/// Adds max(0, y) to what happens to each output value.
inline void append_relu(dnnl::post_ops& operations) {
#if DNNL_VERSION_MAJOR >= 3
  operations.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
#else
  operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
#endif
}

/// A convolution at stride 1 with zeros around x: `before` rows above and columns to the left,
/// `after` below and to the right. An empty `bias` means none. Throws dnnl::error.
inline dnnl::convolution_forward::primitive_desc describe_convolution(
    const dnnl::engine& engine, const dnnl::primitive_attr& attributes, const dnnl::memory::desc& x,
    const dnnl::memory::desc& weights, const dnnl::memory::desc& bias, const dnnl::memory::desc& y,
    const dnnl::memory::dims& before, const dnnl::memory::dims& after) {
  const dnnl::memory::dims strides{1, 1};
  const auto kind = dnnl::prop_kind::forward_inference;
  const auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kind, algorithm, x, weights, bias, y, strides, before, after, attributes};
#else
  return {{kind, algorithm, x, weights, bias, y, strides, before, after}, attributes, engine};
#endif
}

/// Keeps oneDNN to the calling thread for its lifetime: OpenMP, which oneDNN takes its threads
/// from, starts none.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;
  OneThread(OneThread&&) = delete;
  OneThread& operator=(OneThread&&) = delete;
  ~OneThread() { omp_set_num_threads(before_); }

 private:
  int before_;
};

}  // namespace impasto::cpu
