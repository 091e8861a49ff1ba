#include "backend/cuda/gram.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

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

/// D and F as dgram converts them.
std::size_t dgram_bytes(const Context& context, const Shape& feature) {
  return matrix_bytes(context, feature) + feature_bytes(context, feature);
}

/// Positions side by side that one product is made of. A Gram matrix of few channels and many
/// positions is one tile or a few, and would keep as many multiprocessors busy; its pieces, as one
/// batch of products, keep all.
struct Pieces {
  int count = 1;      ///< of `each` positions
  int each = 0;       ///< positions
  int remainder = 0;  ///< positions of one more piece, or 0

  [[nodiscard]] int all() const { return count + (remainder > 0 ? 1 : 0); }
};

Pieces pieces_of(const Context& context, const Shape& feature) {
  constexpr std::int64_t kTile = 128;              // channels each way of a product's tile
  constexpr std::int64_t kFewestPositions = 1024;  // below that a piece's own cost shows
  const auto positions = static_cast<int>(feature.positions());
  const std::int64_t side = (feature.channels + kTile - 1) / kTile;
  const std::int64_t wanted =
      std::min(context.multiprocessors() / (side * side), feature.positions() / kFewestPositions);
  if (wanted < 2) {
    return {1, positions, 0};
  }
  // A power of two divides most pictures' maps without a remainder.
  const auto count = static_cast<int>(std::bit_floor(static_cast<std::uint64_t>(wanted)));
  return {count, positions / count, positions % count};
}

/// One piece in floats may lie where the result will.
bool needs_memory(const Pieces& pieces, ElementType result) {
  return pieces.count > 1 || result != ElementType::kFloat32;
}

std::size_t piece_bytes(const Context& context, const Shape& feature) {
  const Pieces pieces = pieces_of(context, feature);
  return !needs_memory(pieces, context.types().dfeature)
             ? 0
             : storage_bytes(pieces.all() * feature.channels * feature.channels,
                             ElementType::kFloat32);
}

/// The products c F Fᵀ over each of the pieces, one after the other at `g`.
void enqueue_products(const Context& context, double c, const Tensor& f, const Pieces& pieces,
                      float* g) {
  const kernels::FeatureMap map = map_of(f);
  const auto n = static_cast<int>(f.shape.channels);
  const auto stored = static_cast<int>(map.stored_channels);
  const auto alpha = static_cast<float>(c);
  const float beta = 0;
  const auto of_positions = [&](int first, int positions, int count, float* to) {
    const std::byte* from = static_cast<const std::byte*>(f.data) +
                            static_cast<std::size_t>(first) * stored * size_of(f.type);
    const auto step = static_cast<long long>(positions) * stored;
    check(cublasGemmStridedBatchedEx(context.blas(), CUBLAS_OP_N, CUBLAS_OP_T, n, n, positions,
                                     &alpha, from, blas_type(f.type), stored, step, from,
                                     blas_type(f.type), stored, step, &beta, to, CUDA_R_32F, n,
                                     static_cast<long long>(n) * n, count, compute_type(context),
                                     CUBLAS_GEMM_DEFAULT),
          "cublasGemmStridedBatchedEx F F^T");
  };
  of_positions(0, pieces.each, pieces.count, g);
  if (pieces.remainder > 0) {
    of_positions(pieces.count * pieces.each, pieces.remainder, 1,
                 g + static_cast<std::int64_t>(pieces.count) * n * n);
  }
}

}  // namespace

std::size_t gram_scratch_bytes(const Context& context, const Shape& feature) {
  return std::max(piece_bytes(context, feature), dgram_bytes(context, feature));
}

void gram(Context& context, double c, const Tensor& f, const Tensor& g) {
  const Pieces pieces = pieces_of(context, f.shape);
  if (pieces.count == 1) {
    enqueue_products(context, c, f, pieces, static_cast<float*>(g.data));
    return;
  }
  auto* const parts =
      reinterpret_cast<float*>(context.scratch(gram_scratch_bytes(context, f.shape)));
  enqueue_products(context, c, f, pieces, parts);
  kernels::sum_matrices(parts, static_cast<unsigned>(pieces.all()), g.elements(),
                        static_cast<float*>(g.data), context.stream());
  check_launch("sum_matrices");
}

void gram_difference(Context& context, double s, const Tensor& f, double c, const Tensor& a,
                     Scalar value, const Tensor& dg) {
  const Pieces pieces = pieces_of(context, f.shape);
  auto* parts = static_cast<float*>(dg.data);
  if (needs_memory(pieces, dg.type)) {
    parts = reinterpret_cast<float*>(context.scratch(gram_scratch_bytes(context, f.shape)));
  }
  enqueue_products(context, s, f, pieces, parts);
  kernels::sum_difference(c, parts, static_cast<unsigned>(pieces.all()),
                          static_cast<const float*>(a.data), dg.elements(), value.data, dg.data,
                          kernel_type(dg.type), context.reduction(), context.stream());
  check_launch("sum_difference");
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
  if (d.type != types.dfeature) {
    std::byte* scratch = context.scratch(gram_scratch_bytes(context, f.shape));
    kernels::convert(d.data, kernel_type(d.type), scratch, kernel_type(types.dfeature),
                     static_cast<std::int64_t>(n) * n, context.stream());
    check_launch("convert D");
    matrix = scratch;
  }
  if (types.feature != types.dfeature) {
    std::byte* converted = context.scratch(gram_scratch_bytes(context, f.shape)) + converted_at;
    kernels::convert(f.data, map.type, converted, dmap.type, map.elements(), context.stream());
    check_launch("convert F");
    feature = converted;
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

void multiply(Context& context, double a, const Tensor& x, const Tensor& y, const Tensor& z,
              bool accumulate) {
  // cuBLAS's matrices are column-major: it sees zᵀ = yᵀ xᵀ.
  const auto rows = static_cast<int>(z.shape.height);
  const auto columns = static_cast<int>(z.shape.width);
  const auto inner = static_cast<int>(x.shape.width);
  const auto alpha = static_cast<float>(a);
  const float beta = accumulate ? 1 : 0;
  check(cublasGemmEx(context.blas(), CUBLAS_OP_N, CUBLAS_OP_N, columns, rows, inner, &alpha, y.data,
                     CUDA_R_32F, columns, x.data, CUDA_R_32F, inner, &beta, z.data, CUDA_R_32F,
                     columns, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
        "cublasGemmEx x y");
}

}  // namespace impasto::cuda
