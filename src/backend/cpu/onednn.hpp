// oneDNN, versions 2 and 3: the calls that version 3 changed have one name each here.
#pragma once

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

}  // namespace impasto::cpu
