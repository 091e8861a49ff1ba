#include "losses/content.hpp"

namespace impasto {
namespace {

class Content final : public Statistic {
 public:
  explicit Content(ContentLoss form) : form_(form) {}

  [[nodiscard]] TensorForm form(const Shape& feature) const override {
    return {feature, Layout::kFeature};
  }
  [[nodiscard]] TensorForm workspace(const Shape& /*feature*/) const override { return {flat(0)}; }

  void measure(Backend& backend, const Tensor& feature, const Tensor& statistic) const override {
    backend.copy(feature, statistic);
  }

  void compare(Backend& backend, double weight, const Tensor& feature, const Tensor& target,
               const Tensor& /*workspace*/, Scalar value, const Tensor& dfeature,
               bool accumulate) const override {
    backend.squared_difference(weight * content_factor(form_, feature.shape), feature, target,
                               value, dfeature, accumulate);
  }

 private:
  ContentLoss form_;
};

}  // namespace

double content_factor(ContentLoss form, const Shape& feature) {
  switch (form) {
    case ContentLoss::kSum:
      return 1;
    case ContentLoss::kHalfSum:
      return 0.5;
    case ContentLoss::kMean:
      return 1 / static_cast<double>(feature.elements());
  }
  return 0;
}

std::unique_ptr<Statistic> content_statistic(ContentLoss form) {
  return std::make_unique<Content>(form);
}

}  // namespace impasto
