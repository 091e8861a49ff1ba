#include "gradcheck/mistakes.hpp"

#include <algorithm>
#include <utility>

#include "backend/forwarding_backend.hpp"
#include "gradcheck/host_tensor.hpp"

namespace impasto {
namespace {

/// A convolution that goes forward by one and backward by another.
class SpoiltConvolution : public Convolution {
 public:
  SpoiltConvolution(std::unique_ptr<Convolution> right, std::unique_ptr<Convolution> wrong)
      : right_(std::move(right)), wrong_(std::move(wrong)) {}

  [[nodiscard]] std::size_t workspace_bytes() const override {
    return std::max(right_->workspace_bytes(), wrong_->workspace_bytes());
  }
  void forward(const Tensor& x, const Tensor& y, std::byte* workspace) override {
    right_->forward(x, y, workspace);
  }
  void dforward(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& addend,
                const Tensor& dx, std::byte* workspace) override {
    wrong_->dforward(dy, x, y, addend, dx, workspace);
  }

 private:
  std::unique_ptr<Convolution> right_;
  std::unique_ptr<Convolution> wrong_;
};

/// relu-mask: every dy passes.
class UnmaskedRelu final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  void drelu(const Tensor& dy, const Tensor& /*y*/, const Tensor& dx) override {
    inner().copy(dy, dx);
  }

  void dmax_pool(const Tensor& dy, const Tensor& x, const Tensor& dx,
                 bool /*behind_relu*/) override {
    inner().dmax_pool(dy, x, dx, false);
  }

  std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                                const ConvolutionSpec& spec) override {
    std::unique_ptr<Convolution> right = inner().make_convolution(filters, spec);
    if (!spec.relu && !spec.mask_dx) {
      return right;
    }
    ConvolutionSpec unmasked = spec;
    unmasked.relu = false;
    return std::make_unique<Unmasked>(inner(), std::move(right),
                                      inner().make_convolution(filters, unmasked), spec.input);
  }

 private:
  class Unmasked final : public SpoiltConvolution {
   public:
    Unmasked(Backend& backend, std::unique_ptr<Convolution> right,
             std::unique_ptr<Convolution> wrong, const Shape& input)
        : SpoiltConvolution(std::move(right), std::move(wrong)),
          backend_(backend),
          ones_(backend, input, Layout::kFeature,
                HostValues(static_cast<std::size_t>(input.elements()), 1)) {}

    void dforward(const Tensor& dy, const Tensor& /*x*/, const Tensor& y, const Tensor& addend,
                  const Tensor& dx, std::byte* workspace) override {
      backend_.copy(dy, y);  // dx may lie over dy, and y is used up anyway
      SpoiltConvolution::dforward(y, ones_.get(), y, addend, dx, workspace);
    }

   private:
    Backend& backend_;
    OwnedTensor ones_;  ///< in x's place, as nothing is masked where a map is above 0
  };
};

/// w[k,c,u,v] → w[k,c,2−u,2−v]
ConvolutionWeights turned(ConvolutionWeights weights) {
  for (auto filter = weights.weight.begin(); filter != weights.weight.end(); filter += 9) {
    std::reverse(filter, filter + 9);
  }
  return weights;
}

/// filter-flip: turned beforehand, the filters that the backward pass turns end up as they were.
class UnturnedFilters final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  std::shared_ptr<FilterBank> prepare_filters(const ConvolutionWeights& weights) override {
    auto banks = std::make_shared<Banks>();
    banks->right = inner().prepare_filters(weights);
    banks->turned_weights = turned(weights);
    banks->wrong = inner().prepare_filters(banks->turned_weights);
    return banks;
  }

  std::unique_ptr<Convolution> make_convolution(const std::shared_ptr<FilterBank>& filters,
                                                const ConvolutionSpec& spec) override {
    const auto& banks = static_cast<const Banks&>(*filters);
    return std::make_unique<SpoiltConvolution>(inner().make_convolution(banks.right, spec),
                                               inner().make_convolution(banks.wrong, spec));
  }

 private:
  struct Banks final : FilterBank {
    std::shared_ptr<FilterBank> right;
    ConvolutionWeights turned_weights;
    std::shared_ptr<FilterBank> wrong;
  };
};

/// pool-route: each dy goes to its whole window.
class UnroutedPooling final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  void dmax_pool(const Tensor& dy, const Tensor& /*x*/, const Tensor& dx,
                 bool /*behind_relu*/) override {
    inner().daverage_pool(dy, dx);
    inner().scale(4, dx);
  }
};

/// gram-factor: F stands twice in F Fᵀ, and only one of them is differentiated.
class HalvedGram final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  void dgram(double c, const Tensor& d, const Tensor& f, const Tensor& df,
             bool accumulate) override {
    inner().dgram(c / 2, d, f, df, accumulate);
  }
};

}  // namespace

const std::vector<MistakeEntry>& mistake_table() {
  static const std::vector<MistakeEntry> table{
      {Mistake::kReluMask,
       "relu-mask",
       "the gradient passed ReLU everywhere, also where its output is 0",
       "Look for a failure of every row with a ReLU, alone or fused, while convolutions without "
       "one "
       "stay ok: a ReLU's own gradient is too long, as elements that should be 0 are not",
       {"relu", "conv-relu", "network"}},
      {Mistake::kFilterFlip,
       "filter-flip",
       "the gradient went back through the filters as they stand, not turned by 180 degrees",
       "Look for a failure of every convolution and every network, with errors of about 1 although "
       "the gradients are about as long as they should be: plausible numbers at wrong places",
       {"conv", "conv-relu", "network"}},
      {Mistake::kPoolRoute,
       "pool-route",
       "max pooling's gradient went to all four pixels of a window, not to the maximum alone",
       "Look for a failure of max pooling and of the networks with it, while average pooling stays "
       "ok: max pooling's gradient is exactly twice as long as it should be, and the error is the "
       "root of 3, as three elements of four should be 0",
       {"max-pool", "network"}},
      {Mistake::kGramFactor,
       "gram-factor",
       "the style gradient was taken for 2 (G - A) F, half of 4 (G - A) F: F stands twice in F F^T",
       "Look for a failure of every style loss, with an error of exactly 0.5 and analytic values "
       "half of the numeric ones: nothing but a constant factor is wrong; in w2 and in the "
       "network, "
       "where other terms join, the errors are no round numbers",
       {"style", "w2", "network"}}};
  return table;
}

std::unique_ptr<Backend> make_broken_backend(Backend& inner, Mistake mistake) {
  switch (mistake) {
    case Mistake::kReluMask:
      return std::make_unique<UnmaskedRelu>(inner);
    case Mistake::kFilterFlip:
      return std::make_unique<UnturnedFilters>(inner);
    case Mistake::kPoolRoute:
      return std::make_unique<UnroutedPooling>(inner);
    case Mistake::kGramFactor:
      return std::make_unique<HalvedGram>(inner);
  }
  return nullptr;
}

}  // namespace impasto
