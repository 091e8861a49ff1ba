#include "losses/gram_style.hpp"

namespace impasto {
namespace {

class Gram final : public Statistic {
 public:
  Gram(GramForm form, StyleLoss loss) : form_(form), loss_(loss) {}

  [[nodiscard]] TensorForm form(const Shape& feature) const override {
    return {square_matrix(feature.channels)};
  }
  [[nodiscard]] TensorForm workspace(const Shape& feature) const override { return form(feature); }
  [[nodiscard]] std::size_t scratch_bytes(const Backend& backend,
                                          const Shape& feature) const override {
    return backend.gram_scratch_bytes(feature);
  }

  void measure(Backend& backend, const Tensor& feature, const Tensor& statistic) const override {
    backend.gram(gram_factor(form_, loss_, feature.shape), feature, statistic);
  }

  void compare(Backend& backend, double weight, const Tensor& feature, const Tensor& target,
               const Tensor& workspace, Scalar value, const Tensor& dfeature,
               bool accumulate) const override {
    Tensor dgram = workspace;
    dgram.type = backend.dfeature_type();
    backend.gram_difference(gram_factor(form_, loss_, feature.shape), feature,
                            weight * style_factor(loss_, feature.shape), target, value, dgram);
    if (dfeature.data != nullptr) {
      backend.dgram(2 * gram_factor(form_, loss_, feature.shape), dgram, feature, dfeature,
                    accumulate);
    }
  }

 private:
  GramForm form_;
  StyleLoss loss_;
};

}  // namespace

double gram_factor(GramForm form, StyleLoss loss, const Shape& feature) {
  if (loss == StyleLoss::kGatys) {
    return 1;
  }
  switch (form) {
    case GramForm::kRaw:
      return 1;
    case GramForm::kPositions:
      return 1 / static_cast<double>(feature.positions());
    case GramForm::kElements:
      return 1 / static_cast<double>(feature.elements());
  }
  return 0;
}

double style_factor(StyleLoss loss, const Shape& feature) {
  const auto n = static_cast<double>(feature.channels);
  const auto m = static_cast<double>(feature.positions());
  switch (loss) {
    case StyleLoss::kSum:
      return 1;
    case StyleLoss::kMean:
      return 1 / (n * n);
    case StyleLoss::kMeanPerElement:
      return 1 / (n * n * n * m);
    case StyleLoss::kGatys:
      return 1 / (4 * n * n * m * m);
    case StyleLoss::kWasserstein:
      break;  // it compares no Gram matrices
  }
  return 0;
}

std::unique_ptr<Statistic> gram_statistic(GramForm form, StyleLoss loss) {
  return std::make_unique<Gram>(form, loss);
}

}  // namespace impasto
