// One device with its stream, library handles and scratch memory: what all operations share.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "backend/choice_cache.hpp"
#include "backend/cuda/handles.hpp"
#include "backend/cuda/precision_types.hpp"
#include "backend/cuda_plugin.hpp"
#include "kernels.hpp"

namespace impasto::cuda {

/// Device memory that counts itself.
class DeviceMemory final : public Memory {
 public:
  /// `allocated` outlives this. Throws DeviceError that names what is wanted and what is free.
  DeviceMemory(std::size_t bytes, std::size_t& allocated);
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  DeviceMemory(DeviceMemory&&) = delete;
  DeviceMemory& operator=(DeviceMemory&&) = delete;
  ~DeviceMemory() override;

  [[nodiscard]] std::byte* data() const override { return data_; }
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }

 private:
  std::size_t bytes_;
  std::size_t& allocated_;
  std::byte* data_ = nullptr;
};

class Context {
 public:
  explicit Context(const CudaOptions& options);

  /// Zero-filled.
  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes);

  /// At least so many bytes that any one operation may use between two others; grows outside
  /// captures only. What recordings captured stays where it was until none of them is left.
  std::byte* scratch(std::size_t bytes);

  /// While one of these lives, captured graphs may hold the scratch memory's address.
  class KeepScratch {
   public:
    explicit KeepScratch(Context& context) : context_(context) { ++context_.recordings_; }
    KeepScratch(const KeepScratch&) = delete;
    KeepScratch& operator=(const KeepScratch&) = delete;
    KeepScratch(KeepScratch&&) = delete;
    KeepScratch& operator=(KeepScratch&&) = delete;
    ~KeepScratch() {
      if (--context_.recordings_ == 0) {
        context_.outgrown_.clear();
      }
    }

   private:
    Context& context_;
  };

  [[nodiscard]] cudaStream_t stream() const { return stream_.get(); }
  [[nodiscard]] cublasHandle_t blas() const { return blas_.get(); }
  [[nodiscard]] cudnnHandle_t dnn() const { return dnn_.get(); }
  [[nodiscard]] const PrecisionTypes& types() const { return types_; }
  [[nodiscard]] const CudaOptions& options() const { return options_; }
  [[nodiscard]] const std::string& device_name() const { return device_name_; }
  [[nodiscard]] int multiprocessors() const { return multiprocessors_; }
  [[nodiscard]] std::size_t allocated() const { return allocated_; }
  /// What reductions take beside.
  [[nodiscard]] kernels::Reduction reduction() const;
  /// "tf32"
  [[nodiscard]] const char* precision_name() const;
  /// Device, versions of driver and library, and precision: what a timed choice depends on besides
  /// its shape.
  [[nodiscard]] std::string choice_prefix() const;
  [[nodiscard]] bool chooses_without_clock() const {
    return options_.choosing == Choosing::kByRule;
  }
  /// Empty, and without a file, where no clock is asked.
  [[nodiscard]] ChoiceCache& choices() { return choices_; }
  /// How long to keep the device busy before ways are timed: its clocks rise with the load.
  double warm_up_milliseconds() { return std::exchange(cold_, false) ? 100 : 10; }
  /// What was chosen and how long it took, for --verbose.
  std::vector<std::string>& notes() { return notes_; }
  /// For --verbose too, and only the first time.
  void note_once(const std::string& note);

  void synchronize() const { check(cudaStreamSynchronize(stream()), "cudaStreamSynchronize"); }

 private:
  CudaOptions options_;
  PrecisionTypes types_;
  std::string device_name_;
  int multiprocessors_ = 1;
  std::size_t allocated_ = 0;
  Stream stream_;
  BlasHandle blas_;
  DnnHandle dnn_;
  std::unique_ptr<DeviceMemory> blas_workspace_;
  std::unique_ptr<DeviceMemory> small_;  // partial results, Adam's scratch, a counter
  std::unique_ptr<DeviceMemory> scratch_;
  std::vector<std::unique_ptr<DeviceMemory>> outgrown_;  // scratch memory that graphs may still use
  int recordings_ = 0;
  bool cold_ = true;
  ChoiceCache choices_;
  std::vector<std::string> notes_;
  std::set<std::string> noted_once_;
};

/// The kernels' view of a feature map or of its gradient.
kernels::FeatureMap map_of(const Tensor& tensor);

}  // namespace impasto::cuda
