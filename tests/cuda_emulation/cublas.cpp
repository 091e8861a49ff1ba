// cuBLAS: cublasSgemm, cublasGemmEx and cublasGemmStridedBatchedEx on OpenBLAS. What each argument
// must be is taken from the cuBLAS reference: "cublasGemmEx()", "cublasGemmStridedBatchedEx()",
// "cublasSetWorkspace()", "cublasSetStream()".
#include <cblas.h>
#include <cublas_v2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cuda_emulation/device.hpp"
#include "cuda_emulation/numbers.hpp"

using cuda_emulation::Device;
using cuda_emulation::DeviceFailure;
using cuda_emulation::Locked;

struct cublasContext {
  cudaStream_t stream = nullptr;
  cublasMath_t math = CUBLAS_DEFAULT_MATH;
  cublasPointerMode_t pointers = CUBLAS_POINTER_MODE_HOST;
  void* workspace = nullptr;
  std::size_t workspace_bytes = 0;
};

namespace {

Device& device() {
  return Device::instance();
}

std::set<cublasHandle_t>& handles() {
  static auto* all = new std::set<cublasHandle_t>;
  return *all;
}

/// A stored matrix: rows × columns, column-major.
struct Matrix {
  const void* data = nullptr;
  cudaDataType type = CUDA_R_32F;
  int rows = 0;
  int columns = 0;
  int leading = 0;

  /// From the first element to the last.
  [[nodiscard]] std::size_t bytes() const {
    if (rows == 0 || columns == 0) {
      return 0;
    }
    return (static_cast<std::size_t>(columns - 1) * static_cast<std::size_t>(leading) +
            static_cast<std::size_t>(rows)) *
           cuda_emulation::bytes_of(type);
  }
  [[nodiscard]] std::size_t place(int row, int column) const {
    return static_cast<std::size_t>(column) * static_cast<std::size_t>(leading) +
           static_cast<std::size_t>(row);
  }
};

/// C = alpha op(A) op(B) + beta C.
struct Gemm {
  cublasOperation_t transpose_a;
  cublasOperation_t transpose_b;
  int m;
  int n;
  int k;
  const float* alpha;
  const float* beta;
  bool scalars_on_device;
  float alpha_now;  ///< read at the call when the scalars are the host's
  float beta_now;
  Matrix a;
  Matrix b;
  Matrix c;
  bool tf32;
  void* workspace;
  std::size_t workspace_bytes;
  int batches = 1;
  long long stride_a = 0;  ///< elements from one matrix of the batch to the next
  long long stride_b = 0;
  long long stride_c = 0;
};

/// The matrix of this number in a batch.
Matrix in_batch(Matrix matrix, long long stride, int number) {
  matrix.data = static_cast<const std::byte*>(matrix.data) +
                static_cast<std::ptrdiff_t>(stride * number) *
                    static_cast<std::ptrdiff_t>(cuda_emulation::bytes_of(matrix.type));
  return matrix;
}

void require(const Matrix& matrix, const char* name) {
  const std::string who = std::string("gemm's ") + name;
  device().require(matrix.data, matrix.bytes(), who);
  if (reinterpret_cast<std::uintptr_t>(matrix.data) % cuda_emulation::bytes_of(matrix.type) != 0) {
    throw DeviceFailure(cudaErrorMisalignedAddress, who + " is not aligned to its elements");
  }
}

/// The matrix without gaps, as the tensor cores (tf32) or the plain units see it.
std::vector<float> unpack(const Matrix& matrix, bool tf32) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.columns));
  for (int column = 0; column < matrix.columns; ++column) {
    for (int row = 0; row < matrix.rows; ++row) {
      const float value = cuda_emulation::load(matrix.type, matrix.data, matrix.place(row, column));
      values.push_back(tf32 && matrix.type == CUDA_R_32F ? cuda_emulation::as_tf32(value) : value);
    }
  }
  return values;
}

/// Uses a workspace: its beginning and its end (all of 32 MiB, as is usual, would take long).
void scribble(void* workspace, std::size_t bytes) {
  const std::size_t part = std::min<std::size_t>(bytes, 64U << 10U);
  std::memset(workspace, 0xFF, part);
  std::memset(static_cast<std::byte*>(workspace) + bytes - part, 0xFF, part);
}

void execute_one(const Gemm& gemm) {
  float alpha = gemm.alpha_now;
  float beta = gemm.beta_now;
  if (gemm.scalars_on_device) {
    device().require(gemm.alpha, sizeof(float), "gemm's alpha in device pointer mode");
    device().require(gemm.beta, sizeof(float), "gemm's beta in device pointer mode");
    alpha = *gemm.alpha;
    beta = *gemm.beta;
  }
  if (gemm.m == 0 || gemm.n == 0) {
    return;
  }
  require(gemm.c, "C");
  std::vector<float> product(static_cast<std::size_t>(gemm.m) * static_cast<std::size_t>(gemm.n));
  if (gemm.k > 0 && alpha != 0) {
    require(gemm.a, "A");
    require(gemm.b, "B");
    for (const Matrix& input : {gemm.a, gemm.b}) {
      if (cuda_emulation::overlap(input.data, input.bytes(), gemm.c.data, gemm.c.bytes())) {
        throw DeviceFailure(cudaErrorIllegalAddress, "gemm's C overlaps A or B");
      }
    }
    for (const Matrix& matrix : {gemm.a, gemm.b, gemm.c}) {
      if (cuda_emulation::overlap(matrix.data, matrix.bytes(), gemm.workspace,
                                  gemm.workspace_bytes)) {
        throw DeviceFailure(cudaErrorIllegalAddress, "a gemm's matrix lies in cuBLAS's workspace");
      }
    }
    const std::vector<float> a = unpack(gemm.a, gemm.tf32);
    const std::vector<float> b = unpack(gemm.b, gemm.tf32);
    if (gemm.workspace != nullptr) {
      device().require(gemm.workspace, gemm.workspace_bytes, "cuBLAS's workspace");
      scribble(gemm.workspace, gemm.workspace_bytes);
    }
    cblas_sgemm(CblasColMajor, gemm.transpose_a == CUBLAS_OP_N ? CblasNoTrans : CblasTrans,
                gemm.transpose_b == CUBLAS_OP_N ? CblasNoTrans : CblasTrans, gemm.m, gemm.n, gemm.k,
                1, a.data(), gemm.a.rows, b.data(), gemm.b.rows, 0, product.data(), gemm.m);
  }
  for (int column = 0; column < gemm.n; ++column) {
    for (int row = 0; row < gemm.m; ++row) {
      const std::size_t place = gemm.c.place(row, column);
      const auto index = static_cast<std::size_t>(column) * static_cast<std::size_t>(gemm.m) +
                         static_cast<std::size_t>(row);
      float value = alpha * product[index];
      if (beta != 0) {  // otherwise C "does not have to be a valid input"
        value += beta * cuda_emulation::load(gemm.c.type, gemm.c.data, place);
      }
      cuda_emulation::store(gemm.c.type, const_cast<void*>(gemm.c.data), place, value);
    }
  }
}

void execute(const Gemm& gemm) {
  for (int number = 0; number < gemm.batches; ++number) {
    Gemm one = gemm;
    one.a = in_batch(gemm.a, gemm.stride_a, number);
    one.b = in_batch(gemm.b, gemm.stride_b, number);
    one.c = in_batch(gemm.c, gemm.stride_c, number);
    execute_one(one);
  }
}

/// Whether the reference's table of cublasGemmEx has this row, and whether the inputs are rounded
/// to TF32; of the types that the emulation knows (float, half, bfloat16 with float sums).
std::optional<bool> rounds_to_tf32(cublasComputeType_t compute, cudaDataType a, cudaDataType b,
                                   cudaDataType c, cublasMath_t math) {
  if (a != b) {
    return std::nullopt;
  }
  const bool all_float = a == CUDA_R_32F && c == CUDA_R_32F;
  const bool half = (a == CUDA_R_16F || a == CUDA_R_16BF) && (c == a || c == CUDA_R_32F);
  switch (compute) {
    case CUBLAS_COMPUTE_32F:
    case CUBLAS_COMPUTE_32F_PEDANTIC:
      if (!all_float && !half) {
        return std::nullopt;
      }
      return all_float && compute == CUBLAS_COMPUTE_32F &&
             (static_cast<unsigned>(math) & CUBLAS_TF32_TENSOR_OP_MATH) != 0;
    case CUBLAS_COMPUTE_32F_FAST_TF32:
      return all_float ? std::optional(true) : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool is_operation(cublasOperation_t operation) {
  return operation == CUBLAS_OP_N || operation == CUBLAS_OP_T || operation == CUBLAS_OP_C;
}

Matrix stored(const void* data, cudaDataType type, cublasOperation_t transpose, int rows,
              int columns, int leading) {
  if (transpose != CUBLAS_OP_N) {
    std::swap(rows, columns);
  }
  return {data, type, rows, columns, leading};
}

cublasStatus_t submit(cublasHandle_t handle, Gemm gemm) {
  const auto bad_leading = [](const Matrix& matrix) {
    return matrix.leading < std::max(1, matrix.rows);
  };
  if (!is_operation(gemm.transpose_a) || !is_operation(gemm.transpose_b) || gemm.m < 0 ||
      gemm.n < 0 || gemm.k < 0 || gemm.batches < 0 || bad_leading(gemm.a) || bad_leading(gemm.b) ||
      bad_leading(gemm.c) || gemm.alpha == nullptr || gemm.beta == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  gemm.scalars_on_device = handle->pointers == CUBLAS_POINTER_MODE_DEVICE;
  if (!gemm.scalars_on_device) {
    if (const auto* allocation = device().memory.containing(gemm.alpha);
        allocation != nullptr && allocation->kind == cuda_emulation::MemoryKind::kDevice) {
      return CUBLAS_STATUS_INVALID_VALUE;  // on hardware: the host reads a device address
    }
    gemm.alpha_now = *gemm.alpha;
    gemm.beta_now = *gemm.beta;
  }
  gemm.workspace = handle->workspace;
  gemm.workspace_bytes = handle->workspace_bytes;
  const cudaError_t error = device().enqueue(
      handle->stream, [gemm] { execute(gemm); }, cuda_emulation::WorkKind::kLibraryCall);
  return error == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // namespace

// ---- handles

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  const Locked lock;
  if (handle == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (device().usable() != cudaSuccess || device().forbid_during_capture() != cudaSuccess) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  *handle = new cublasContext;
  handles().insert(*handle);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  const Locked lock;
  if (handles().erase(handle) == 0) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  const Locked lock;
  if (handles().count(handle) == 0) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  handle->stream = stream;
  // "unconditionally resets the cuBLAS library workspace back to the default workspace pool"
  handle->workspace = nullptr;
  handle->workspace_bytes = 0;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetStream_v2(cublasHandle_t handle, cudaStream_t* stream) {
  const Locked lock;
  if (handles().count(handle) == 0) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  *stream = handle->stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  const Locked lock;
  if (handles().count(handle) == 0) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  handle->math = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode) {
  const Locked lock;
  if (handles().count(handle) == 0) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  handle->pointers = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  const Locked lock;
  if (handles().count(handle) == 0) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  const bool aligned = reinterpret_cast<std::uintptr_t>(workspace) % 256 == 0;
  if (!aligned || (bytes > 0 && device().memory.find(workspace, bytes) == nullptr)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  handle->workspace = bytes > 0 ? workspace : nullptr;
  handle->workspace_bytes = bytes;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int* version) {
  if (version == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  *version = CUBLAS_VERSION;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetProperty(libraryPropertyType property, int* value) {
  if (value == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  switch (property) {
    case MAJOR_VERSION:
      *value = CUBLAS_VER_MAJOR;
      return CUBLAS_STATUS_SUCCESS;
    case MINOR_VERSION:
      *value = CUBLAS_VER_MINOR;
      return CUBLAS_STATUS_SUCCESS;
    case PATCH_LEVEL:
      *value = CUBLAS_VER_PATCH;
      return CUBLAS_STATUS_SUCCESS;
    default:
      return CUBLAS_STATUS_INVALID_VALUE;
  }
}

const char* cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
    default:
      return "CUBLAS_STATUS_<unknown>";
  }
}

const char* cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "success";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "the library was not initialized";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "the resource allocation failed";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "an invalid value was used as an argument";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "the function failed to launch on the GPU";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "the functionality is not supported";
    default:
      return "unknown status";
  }
}

// ---- matrix products

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t transpose_a,
                                          cublasOperation_t transpose_b, int m, int n, int k,
                                          const void* alpha, const void* a, cudaDataType type_a,
                                          int leading_a, long long stride_a, const void* b,
                                          cudaDataType type_b, int leading_b, long long stride_b,
                                          const void* beta, void* c, cudaDataType type_c,
                                          int leading_c, long long stride_c, int batches,
                                          cublasComputeType_t compute, cublasGemmAlgo_t) {
  const Locked lock;
  if (handles().count(handle) == 0) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  const auto tf32 = rounds_to_tf32(compute, type_a, type_b, type_c, handle->math);
  if (!tf32) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  Gemm gemm{transpose_a,
            transpose_b,
            m,
            n,
            k,
            static_cast<const float*>(alpha),
            static_cast<const float*>(beta),
            false,
            0,
            0,
            stored(a, type_a, transpose_a, m, k, leading_a),
            stored(b, type_b, transpose_b, k, n, leading_b),
            {c, type_c, m, n, leading_c},
            *tf32,
            nullptr,
            0};
  // "To avoid overlapping results the matrices of C must not overlap": undefined otherwise.
  const auto size_c = static_cast<long long>(gemm.c.bytes() / cuda_emulation::bytes_of(type_c));
  if (batches > 1 && stride_c < size_c) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  gemm.batches = batches;
  gemm.stride_a = stride_a;
  gemm.stride_b = stride_b;
  gemm.stride_c = stride_c;
  return submit(handle, gemm);
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transpose_a,
                            cublasOperation_t transpose_b, int m, int n, int k, const void* alpha,
                            const void* a, cudaDataType type_a, int leading_a, const void* b,
                            cudaDataType type_b, int leading_b, const void* beta, void* c,
                            cudaDataType type_c, int leading_c, cublasComputeType_t compute,
                            cublasGemmAlgo_t algorithm) {
  return cublasGemmStridedBatchedEx(handle, transpose_a, transpose_b, m, n, k, alpha, a, type_a,
                                    leading_a, 0, b, type_b, leading_b, 0, beta, c, type_c,
                                    leading_c, 0, 1, compute, algorithm);
}

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t transpose_a,
                              cublasOperation_t transpose_b, int m, int n, int k,
                              const float* alpha, const float* a, int leading_a, const float* b,
                              int leading_b, const float* beta, float* c, int leading_c) {
  return cublasGemmEx(handle, transpose_a, transpose_b, m, n, k, alpha, a, CUDA_R_32F, leading_a, b,
                      CUDA_R_32F, leading_b, beta, c, CUDA_R_32F, leading_c, CUBLAS_COMPUTE_32F,
                      CUBLAS_GEMM_DEFAULT);
}
