#include "backend/cuda/context.hpp"

#include <utility>

#include "impasto/error.hpp"
#include "kernels.hpp"

namespace impasto::cuda {
namespace {

/// What NVIDIA recommends for Hopper; with a workspace of our own cuBLAS never allocates, and gives
/// the same bits each time.
constexpr std::size_t kBlasWorkspace = std::size_t{32} << 20U;

constexpr std::size_t kPartialBytes = kernels::kMostPartials * sizeof(double);

std::size_t mebibytes(std::size_t bytes) {
  return (bytes + (std::size_t{1} << 20U) - 1) >> 20U;
}

}  // namespace

PrecisionTypes PrecisionTypes::of(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return {ElementType::kFloat32, ElementType::kFloat32, false};
    case Precision::kTf32:
      return {ElementType::kFloat32, ElementType::kFloat32, true};
    case Precision::kBf16:
      return {ElementType::kBfloat16, ElementType::kBfloat16, true};
    case Precision::kFp16:
      return {ElementType::kFloat16, ElementType::kBfloat16, true};
  }
  return {};
}

kernels::Element kernel_type(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return kernels::Element::kHalf;
    case ElementType::kBfloat16:
      return kernels::Element::kBfloat16;
    default:
      return kernels::Element::kFloat;
  }
}

cudnnDataType_t cudnn_type(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return CUDNN_DATA_HALF;
    case ElementType::kBfloat16:
      return CUDNN_DATA_BFLOAT16;
    default:
      return CUDNN_DATA_FLOAT;
  }
}

cudaDataType_t blas_type(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return CUDA_R_16F;
    case ElementType::kBfloat16:
      return CUDA_R_16BF;
    default:
      return CUDA_R_32F;
  }
}

FeatureStorage feature_storage(ElementType type) {
  const std::size_t bytes = size_of(type);
  return {bytes, static_cast<std::int64_t>(16 / bytes)};
}

DeviceMemory::DeviceMemory(std::size_t bytes, std::size_t& allocated)
    : bytes_(bytes), allocated_(allocated) {
  if (bytes == 0) {
    return;
  }
  void* data = nullptr;
  const cudaError_t status = cudaMalloc(&data, bytes);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
    throw MemoryError("not enough GPU memory: " + std::to_string(mebibytes(bytes)) +
                          " MiB more are wanted, " + std::to_string(mebibytes(free)) + " of " +
                          std::to_string(mebibytes(total)) + " MiB are free",
                      "cudaMalloc", kOutOfMemoryRemedy);
  }
  check(status, "cudaMalloc");
  data_ = static_cast<std::byte*>(data);
  allocated_ += bytes;
}

DeviceMemory::~DeviceMemory() {
  if (data_ != nullptr) {
    static_cast<void>(cudaFree(data_));
    allocated_ -= bytes_;
  }
}

Context::Context(const CudaOptions& options)
    : options_(options),
      types_(PrecisionTypes::of(options.precision)),
      choices_(cache_path("cuda-choices.txt")) {
  check(cudaSetDevice(options.device), "cudaSetDevice");
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, options.device), "cudaGetDeviceProperties");
  device_name_ = properties.name;
  stream_ = make_stream();
  blas_ = create<BlasHandle>("cublasCreate", cublasCreate);
  check(cublasSetStream(blas(), stream()), "cublasSetStream");
  blas_workspace_ = allocate(kBlasWorkspace);
  check(cublasSetWorkspace(blas(), blas_workspace_->data(), kBlasWorkspace), "cublasSetWorkspace");
  dnn_ = create<DnnHandle>("cudnnCreate", cudnnCreate);
  check(cudnnSetStream(dnn(), stream()), "cudnnSetStream");
  small_ = allocate(kPartialBytes + 2 * sizeof(float));
}

std::unique_ptr<DeviceMemory> Context::allocate(std::size_t bytes) {
  auto memory = std::make_unique<DeviceMemory>(bytes, allocated_);
  if (bytes > 0) {
    check(cudaMemsetAsync(memory->data(), 0, bytes, stream()), "cudaMemsetAsync");
  }
  return memory;
}

std::byte* Context::scratch(std::size_t bytes) {
  if (!scratch_ || scratch_->bytes() < bytes) {
    if (recordings_ > 0 && scratch_) {
      outgrown_.push_back(std::move(scratch_));
    }
    synchronize();
    scratch_.reset();
    scratch_ = allocate(bytes);
  }
  return scratch_->data();
}

double* Context::partials() const {
  return reinterpret_cast<double*>(small_->data());
}

float* Context::adam_scratch() const {
  return reinterpret_cast<float*>(small_->data() + kPartialBytes);
}

const char* Context::precision_name() const {
  static constexpr const char* kNames[] = {"fp32", "tf32", "bf16", "fp16"};
  return kNames[static_cast<std::size_t>(options_.precision)];
}

std::string Context::choice_prefix() const {
  return device_name_ + ", cuDNN " + std::to_string(cudnnGetVersion()) + ", " + precision_name();
}

kernels::FeatureMap map_of(const Tensor& tensor) {
  const kernels::Element type = kernel_type(tensor.type);
  return {tensor.data, type, tensor.shape.height, tensor.shape.width,
          feature_storage(tensor.type).stored_channels(tensor.shape.channels)};
}

}  // namespace impasto::cuda
