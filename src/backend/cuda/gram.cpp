#include "backend/cuda/gram.hpp"

#include "kernels.hpp"

namespace impasto::cuda {
namespace {

cublasComputeType_t compute_type(const Context& context) {
  const PrecisionTypes& types = context.types();
  return types.feature == ElementType::kFloat32 && types.tensor_cores ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                                      : CUBLAS_COMPUTE_32F;
}

/// D in the gradients' type, where that is not float.
std::size_t matrix_bytes(const Context& context, const Shape& feature) {
  const PrecisionTypes& types = context.types();
  return types.dfeature == ElementType::kFloat32
             ? 0
             : storage_bytes(feature.channels * feature.channels, types.dfeature);
}

/// F in the gradients' type, where features have another one.
std::size_t feature_bytes(const Context& context, const Shape& feature) {
  const PrecisionTypes& types = context.types();
  const Tensor f{nullptr, feature, types.feature, Layout::kFeature};
  return types.dfeature == types.feature ? 0 : storage_bytes(map_of(f).elements(), types.dfeature);
}

}  // namespace

std::size_t dgram_scratch_bytes(const Context& context, const Shape& feature) {
  return matrix_bytes(context, feature) + feature_bytes(context, feature);
}

void gram(Context& context, double c, const Tensor& f, const Tensor& g) {
  const kernels::FeatureMap map = map_of(f);
  const auto n = static_cast<int>(f.shape.channels);
  const auto m = static_cast<int>(f.shape.positions());
  const auto stored = static_cast<int>(map.stored_channels);
  const auto alpha = static_cast<float>(c);
  const float beta = 0;
  check(cublasGemmEx(context.blas(), CUBLAS_OP_N, CUBLAS_OP_T, n, n, m, &alpha, f.data,
                     blas_type(f.type), stored, f.data, blas_type(f.type), stored, &beta, g.data,
                     CUDA_R_32F, n, compute_type(context), CUBLAS_GEMM_DEFAULT),
        "cublasGemmEx F F^T");
}

void dgram(Context& context, double c, const Tensor& d, const Tensor& f, const Tensor& df,
           bool accumulate) {
  const PrecisionTypes& types = context.types();
  const kernels::FeatureMap map = map_of(f);
  const kernels::FeatureMap dmap = map_of(df);
  const auto n = static_cast<int>(f.shape.channels);
  const auto m = static_cast<int>(f.shape.positions());
  const auto stored = static_cast<int>(map.stored_channels);
  const void* matrix = d.data;
  const void* feature = f.data;
  const std::size_t converted_at = matrix_bytes(context, f.shape);
  const std::size_t scratch_bytes = dgram_scratch_bytes(context, f.shape);
  if (scratch_bytes > 0) {
    std::byte* scratch = context.scratch(scratch_bytes);
    kernels::convert(d.data, kernels::Element::kFloat, scratch, kernel_type(types.dfeature),
                     static_cast<std::int64_t>(n) * n, context.stream());
    matrix = scratch;
    if (types.dfeature != types.feature) {
      std::byte* converted = scratch + converted_at;
      kernels::convert(f.data, map.type, converted, dmap.type, map.elements(), context.stream());
      feature = converted;
    }
    check_launch("convert");
  }
  if (!accumulate && stored != n) {
    // The product leaves the padding channels alone: they must not hold what lay there before.
    check(cudaMemsetAsync(df.data, 0, static_cast<std::size_t>(dmap.elements()) * size_of(df.type),
                          context.stream()),
          "cudaMemsetAsync");
  }
  const auto alpha = static_cast<float>(c);
  const float beta = accumulate ? 1 : 0;
  check(cublasGemmEx(context.blas(), CUBLAS_OP_N, CUBLAS_OP_N, n, m, n, &alpha, matrix,
                     blas_type(types.dfeature), n, feature, blas_type(types.dfeature), stored,
                     &beta, df.data, blas_type(types.dfeature), stored, compute_type(context),
                     CUBLAS_GEMM_DEFAULT),
        "cublasGemmEx D F");
}

}  // namespace impasto::cuda
