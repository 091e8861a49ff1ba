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
      choices_(chooses_without_clock() ? "" : cache_path("cuda-choices.txt")) {
  check(cudaSetDevice(options.device), "cudaSetDevice");
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, options.device), "cudaGetDeviceProperties");
  device_name_ = properties.name;
  multiprocessors_ = properties.multiProcessorCount;
  if (options.precision != Precision::kFp32 && !has_tf32_and_bfloat16(properties.major)) {
    throw DeviceError(std::string("this GPU computes in fp32 only, not in ") + precision_name() +
                          ": its compute capability " + std::to_string(properties.major) + "." +
                          std::to_string(properties.minor) +
                          " has neither TF32 nor bfloat16, which begin with 8.0",
                      device_name_, "use --precision fp32, or leave --precision out");
  }
  stream_ = make_stream();
  blas_ = create<BlasHandle>("cublasCreate", cublasCreate);
  check(cublasSetStream(blas(), stream()), "cublasSetStream");
  blas_workspace_ = allocate(kBlasWorkspace);
  check(cublasSetWorkspace(blas(), blas_workspace_->data(), kBlasWorkspace), "cublasSetWorkspace");
  dnn_ = create<DnnHandle>("cudnnCreate", cudnnCreate);
  check(cudnnSetStream(dnn(), stream()), "cudnnSetStream");
  small_ = allocate(kPartialBytes + sizeof(unsigned));
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

kernels::Reduction Context::reduction() const {
  return {reinterpret_cast<double*>(small_->data()),
          reinterpret_cast<unsigned*>(small_->data() + kPartialBytes)};
}

const char* Context::precision_name() const {
  static constexpr const char* kNames[] = {"fp32", "tf32", "bf16", "fp16"};
  return kNames[static_cast<std::size_t>(options_.precision)];
}

std::string Context::choice_prefix() const {
  int driver = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  return device_name_ + ", driver " + std::to_string(driver) + ", cuDNN " +
         std::to_string(cudnnGetVersion()) + ", " + precision_name();
}

void Context::note_once(const std::string& note) {
  if (noted_once_.insert(note).second) {
    notes_.push_back(note);
  }
}

kernels::FeatureMap map_of(const Tensor& tensor) {
  const kernels::Element type = kernel_type(tensor.type);
  return {tensor.data, type, tensor.shape.height, tensor.shape.width,
          feature_storage(tensor.type).stored_channels(tensor.shape.channels)};
}

}  // namespace impasto::cuda
