#include "backend/cpu/convolution.hpp"

#include <algorithm>
#include <utility>

#include "backend/cpu/convolution_choice.hpp"
#include "backend/cpu/feature_operations.hpp"
#include "backend/cpu/filters.hpp"
#include "backend/cpu/vector_operations.hpp"

namespace impasto::cpu {
namespace {

class CpuConvolution final : public Convolution {
 public:
  CpuConvolution(ThreadPool& pool, std::shared_ptr<Filters> filters, const ConvolutionSpec& spec,
                 Choosing choosing)
      : pool_(pool), mask_dx_(spec.mask_dx), filters_(std::move(filters)) {
    const std::int64_t padding = spec.pad ? 1 : 0;
    forward_ = make_best_pass(
        pool, *filters_, Direction::kForward,
        {spec.input, spec.output(), padding, spec.relu, filters_->source().bias.data()},
        spec.backward, choosing);
    if (spec.backward) {
      // A convolution of dy with the turned filters; padding p becomes 2 − p.
      backward_ = make_best_pass(
          pool, *filters_, Direction::kBackward,
          {spec.output(), spec.input, 2 - padding, false, nullptr, spec.relu && !spec.masked_dy},
          true, choosing);
    }
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    return std::max(forward_->workspace_bytes(), backward_ ? backward_->workspace_bytes() : 0);
  }
  void forward(const Tensor& x, const Tensor& y, std::byte* workspace) override {
    forward_->run(x, {}, y, workspace);
  }
  void dforward(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& addend,
                const Tensor& dx, std::byte* workspace) override {
    backward_->run(dy, y, dx, workspace);
    if (addend.data != nullptr) {
      axpy(pool_, 1, addend, dx);
    }
    if (mask_dx_) {
      drelu(pool_, dx, x, dx);
    }
  }

 private:
  ThreadPool& pool_;
  bool mask_dx_;
  std::shared_ptr<Filters> filters_;
  std::unique_ptr<ConvolutionPass> forward_;
  std::unique_ptr<ConvolutionPass> backward_;
};

}  // namespace

std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights) {
  return std::make_shared<Filters>(weights);
}

std::unique_ptr<Convolution> make_convolution(ThreadPool& pool,
                                              const std::shared_ptr<FilterBank>& filters,
                                              const ConvolutionSpec& spec, Choosing choosing) {
  return std::make_unique<CpuConvolution>(pool, std::static_pointer_cast<Filters>(filters), spec,
                                          choosing);
}

}  // namespace impasto::cpu
